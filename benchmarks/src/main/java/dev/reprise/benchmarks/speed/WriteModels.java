package dev.reprise.benchmarks.speed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes the models that {@link StepSpeed} measures into a folder, for other programs. */
public final class WriteModels {
    private WriteModels() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 1) {
            System.err.println("usage: WriteModels FOLDER");
            System.exit(2);
        }
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        for (SpeedModel model : SpeedModel.values()) {
            System.out.println(model.write(folder));
        }
    }
}
