package dev.reprise.maven;

import dev.reprise.verify.api.ProgressListener;
import org.apache.maven.plugin.logging.Log;

/** Phases in the log of a build; steps are too many. */
record LoggedProgress(Log log) implements ProgressListener {
    @Override
    public void phase(String what) {
        log.info(what);
    }

    @Override
    public void step(String what, int done, int total) {}
}
