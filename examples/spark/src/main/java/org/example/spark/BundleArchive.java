package org.example.spark;

import dev.reprise.demo.DemoModels;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A bundle as one file, which Spark copies to every executor and unpacks there. */
final class BundleArchive {
    private BundleArchive() {}

    /**
     * Cuts the digits model and packs it, with its weights.
     *
     * @param scratch an empty folder
     * @return a .zip file in it
     */
    static Path ofDigits(Path scratch) throws IOException {
        Path bundle = Optimizer.cut(
                        DemoModels.digits().resolve("torchscript.onnx"), CutOptions.DEFAULTS.withPackedWeights(true))
                .write(scratch.resolve("digits.bundle"));
        return pack(bundle, scratch.resolve("digits.bundle.zip"));
    }

    /** What lies in the folder lies at the top of the archive. */
    static Path pack(Path folder, Path archive) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files = all.filter(Files::isRegularFile).sorted().toList();
        }
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive))) {
            for (Path file : files) {
                zip.putNextEntry(new ZipEntry(folder.relativize(file).toString().replace('\\', '/')));
                Files.copy(file, zip);
                zip.closeEntry();
            }
        }
        return archive;
    }
}
