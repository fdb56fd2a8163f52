package dev.reprise.ort.api;

import java.util.Locale;

/**
 * Tensors that crossed between the memory of the CPU and that of a device. On the CPU nothing does.
 *
 * @param toDevice tensors that went to the device
 * @param toHost tensors that came to the CPU's memory
 * @param bytesToDevice bytes of the former
 * @param bytesToHost bytes of the latter
 * @param waits how often the CPU waited until the device had finished
 */
public record TransferCount(long toDevice, long toHost, long bytesToDevice, long bytesToHost, long waits) {
    public static final TransferCount NONE = new TransferCount(0, 0, 0, 0, 0);

    public TransferCount plus(TransferCount more) {
        return new TransferCount(
                toDevice + more.toDevice,
                toHost + more.toHost,
                bytesToDevice + more.bytesToDevice,
                bytesToHost + more.bytesToHost,
                waits + more.waits);
    }

    /** Both ways. */
    public long tensors() {
        return toDevice + toHost;
    }

    /** Both ways. */
    public long bytes() {
        return bytesToDevice + bytesToHost;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d to the device (%.2f MB), %d to the host (%.2f MB), %d waits",
                toDevice,
                bytesToDevice / 1e6,
                toHost,
                bytesToHost / 1e6,
                waits);
    }
}
