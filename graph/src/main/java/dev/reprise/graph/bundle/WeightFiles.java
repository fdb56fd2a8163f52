package dev.reprise.graph.bundle;

import java.util.List;

/**
 * The files that hold the weights. Segment models refer to them by byte range.
 *
 * @param directory the folder of the files, relative to the bundle ("." when packed into it, otherwise ".." or a longer path)
 * @param files every file, its name relative to {@code directory}
 */
public record WeightFiles(String directory, List<WeightFile> files) {

    public WeightFiles {
        files = List.copyOf(files);
    }

    /**
     * One weight file.
     *
     * @param name path relative to the folder, without ".."
     * @param size bytes
     * @param modified last modification, milliseconds since 1970: when size and time are as recorded the content is not read again
     * @param crc32c CRC-32C of the whole content
     */
    public record WeightFile(String name, long size, long modified, long crc32c) {}
}
