package dev.reprise.ort.capi;

/**
 * What an arena holds now and has held.
 *
 * @param reservedBytes what it has from the operating system
 * @param usedBytes the part of it that tensors occupy
 * @param peakUsedBytes the most that tensors occupied at one time
 * @param allocations how often a tensor was placed
 * @param extensions how often it asked the operating system for more
 * @param shrinkages how often it gave back what was free
 */
public record ArenaStatistics(
        long reservedBytes, long usedBytes, long peakUsedBytes, long allocations, long extensions, long shrinkages) {}
