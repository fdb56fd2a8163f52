package org.example.spark;

import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The models that this JVM has loaded: one for all tasks of an executor, opened by the first of them, closed when the JVM ends.
 *
 * <p>Spark makes every object of a task anew from bytes, so only a class lives as long as an executor: hence the static field.
 */
final class ExecutorModels {
    private static final ConcurrentMap<Key, ExecutorModel> OPEN = new ConcurrentHashMap<>();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(ExecutorModels::closeAll, "close-models"));
    }

    private record Key(Path bundle, int threads) {}

    private ExecutorModels() {}

    /**
     * The model of a bundle. Tasks that ask while one opens it wait. A bundle that cannot be opened is tried again by the next task.
     *
     * @param opened runs where it was not open yet
     */
    static ExecutorModel of(GenerationSettings settings, Runnable opened) {
        Key key = new Key(settings.bundle().here().toAbsolutePath().normalize(), settings.threads());
        return OPEN.computeIfAbsent(key, wanted -> {
            ExecutorModel model = ExecutorModel.open(wanted.bundle(), wanted.threads());
            opened.run();
            return model;
        });
    }

    /** How many are open. */
    static int count() {
        return OPEN.size();
    }

    /** Closes all. A task that comes later opens its model anew. */
    static void closeAll() {
        for (Key key : OPEN.keySet()) {
            ExecutorModel model = OPEN.remove(key);
            if (model != null) {
                model.close();
            }
        }
    }
}
