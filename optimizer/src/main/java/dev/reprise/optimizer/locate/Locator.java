package dev.reprise.optimizer.locate;

/** Finds one kind of module. */
interface Locator {
    /**
     * The location so far and what this locator adds to it.
     *
     * @throws dev.reprise.optimizer.api.UnsupportedModelException when an identifier that the user gave matches nothing
     */
    Location locate(AnalyzedGraph graph, Location soFar);
}
