package dev.reprise.ort.capi;

import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The pages of a mapped file, and a way to take them out of the process's resident memory. They come back from the operating system's
 * file cache when they are read again. Only on Linux; elsewhere they stay until memory is short.
 */
final class MappedPages {
    /** {@code MADV_DONTNEED} of Linux: for a mapped file nothing is lost. */
    private static final int DONT_NEED = 4;

    /** No page is larger: whole pages of it are whole pages of the machine's. */
    private static final long LARGEST_PAGE = 64 << 10;

    private static final @Nullable Function ADVISE = LibC.find("madvise");

    private static final long PAGE = page();

    /** Keeps the mapping: at the same addresses another one would lose its content. */
    private final ByteBuffer mapped;

    private final long start;
    private final long length;

    MappedPages(ByteBuffer mapped) {
        this.mapped = mapped;
        long address = Pointer.nativeValue(Native.getDirectBufferPointer(mapped));
        long end = address + mapped.capacity();
        start = (address + PAGE - 1) / PAGE * PAGE;
        length = end / PAGE * PAGE - start;
    }

    private static long page() {
        Function size = LibC.find("getpagesize");
        return size == null ? LARGEST_PAGE : size.invokeInt(new Object[0]);
    }

    /** Takes them out of resident memory. Whoever is reading them goes on reading. */
    void release() {
        if (ADVISE == null || length <= 0) {
            return;
        }
        try {
            // Advice that is not taken changes nothing.
            ADVISE.invokeInt(new Object[] {start, length, DONT_NEED});
        } finally {
            Reference.reachabilityFence(mapped);
        }
    }
}
