package dev.reprise.verify.api;

/** Is told what is being done, for a person who waits. */
public interface ProgressListener {
    /** Tells nobody. */
    ProgressListener NONE = new ProgressListener() {
        @Override
        public void phase(String what) {}

        @Override
        public void step(String what, int done, int total) {}
    };

    /** A new phase begins. */
    void phase(String what);

    /** One of many small steps. */
    void step(String what, int done, int total);
}
