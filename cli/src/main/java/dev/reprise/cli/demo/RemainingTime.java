package dev.reprise.cli.demo;

/** How long the rest of equal pieces of work will take, by those that are done. */
final class RemainingTime {
    private static final long SECOND = 1_000_000_000;

    private final int pieces;
    private final long start = System.nanoTime();
    private int done;

    RemainingTime(int pieces) {
        this.pieces = pieces;
    }

    void oneDone() {
        done++;
    }

    /** {@code ", 3 of 12, about 20 s left"}. */
    String words() {
        return words(System.nanoTime() - start);
    }

    String words(long nanos) {
        String piece = ", " + (done + 1) + " of " + pieces;
        if (done == 0) {
            return piece;
        }
        long seconds = Math.round((double) nanos / done * (pieces - done) / SECOND);
        String left = seconds < 100 ? seconds + " s" : Math.round(seconds / 60.0) + " min";
        return piece + ", about " + left + " left";
    }
}
