package dev.reprise.ort.capi;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Releases mapped pages again and again while a session is opened over them, and once at the end.
 *
 * <p>Opening reads every weight once and keeps packed copies of most. What was read would stay resident beside the copies: twice the
 * weights at the peak, where ONNX Runtime's own mappings end one by one.
 */
final class PageRelease {
    private static final long INTERVAL_MS = 20;

    private final List<MappedPages> pages;
    private final CountDownLatch opened = new CountDownLatch(1);

    private PageRelease(List<MappedPages> pages) {
        this.pages = pages;
    }

    /** Begins, on a thread of its own, and goes on until {@link #end}. */
    static PageRelease begin(List<MappedPages> pages) {
        PageRelease release = new PageRelease(List.copyOf(pages));
        if (!pages.isEmpty()) {
            Thread thread = new Thread(release::repeat, "reprise-weights");
            thread.setDaemon(true);
            thread.start();
        }
        return release;
    }

    private void repeat() {
        try {
            while (!opened.await(INTERVAL_MS, TimeUnit.MILLISECONDS)) {
                pages.forEach(MappedPages::release);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    void end() {
        opened.countDown();
        pages.forEach(MappedPages::release);
    }
}
