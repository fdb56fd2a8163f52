package org.example.pipeline;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * An export of Stable Diffusion 3 in the layout of {@code optimum-cli export onnx}: a folder for each model with {@code model.onnx} and its
 * {@code config.json}, one for each tokenizer, and the scheduler's configuration. The third text encoder may be missing.
 */
public final class ExportFolder {
    private static final String PIPELINE = "StableDiffusion3Pipeline";
    private static final String HOW =
            "give the folder that `optimum-cli export onnx --model MODEL FOLDER` wrote for a Stable Diffusion 3 model";

    private final Path folder;
    private final Path scheduler;

    private ExportFolder(Path folder, Path scheduler) {
        this.folder = folder;
        this.scheduler = scheduler;
    }

    /**
     * An export, after a look at what is there.
     *
     * @throws UnusableExportException when it is another model's, or incomplete; the message names what is missing
     */
    public static ExportFolder at(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new UnusableExportException(folder + ": there is no such folder; " + HOW);
        }
        Path index = folder.resolve("model_index.json");
        if (!Files.isRegularFile(index)) {
            throw new UnusableExportException(folder + ": there is no model_index.json in it; " + HOW);
        }
        String pipeline = ConfigFile.read(index).word("_class_name", "nothing");
        if (!pipeline.equals(PIPELINE)) {
            throw new UnusableExportException(
                    folder + ": model_index.json must say " + PIPELINE + ", it says " + pipeline + "; " + HOW);
        }
        ExportFolder export = new ExportFolder(folder, folder.resolve("scheduler/scheduler_config.json"));
        export.requireComplete();
        return export;
    }

    /** The same export with another scheduler. */
    public ExportFolder withScheduler(Path configuration) {
        if (!Files.isRegularFile(configuration)) {
            throw new UnusableExportException(configuration + ": there is no such scheduler configuration");
        }
        return new ExportFolder(folder, configuration);
    }

    private void requireComplete() {
        List<String> missing = new ArrayList<>();
        Stream.of("text_encoder", "text_encoder_2", "transformer", "vae_decoder")
                .flatMap(part -> Stream.of(part + "/model.onnx", part + "/config.json"))
                .filter(file -> !Files.isRegularFile(folder.resolve(file)))
                .forEach(missing::add);
        if (!Files.isRegularFile(scheduler)) {
            missing.add("scheduler/scheduler_config.json");
        }
        if (!missing.isEmpty()) {
            throw new UnusableExportException(
                    folder + ": must have " + String.join(", ", missing) + ", which it has not");
        }
        Stream.of("tokenizer", "tokenizer_2").forEach(this::requireTokenizer);
        if (hasThirdEncoder()) {
            requireTokenizer("tokenizer_3");
        }
    }

    private void requireTokenizer(String name) {
        Path place = folder.resolve(name);
        boolean parts =
                Files.isRegularFile(place.resolve("vocab.json")) && Files.isRegularFile(place.resolve("merges.txt"));
        if (!Files.isRegularFile(place.resolve("tokenizer.json")) && (name.equals("tokenizer_3") || !parts)) {
            throw new UnusableExportException(place + ": must have tokenizer.json"
                    + (name.equals("tokenizer_3")
                            ? "; AutoTokenizer.from_pretrained(MODEL, subfolder=\"tokenizer_3\").save_pretrained(FOLDER) writes it"
                            : ", or vocab.json and merges.txt"));
        }
    }

    /** The models whose weights are T5's come without them where memory is short: then zeros stand for what it says. */
    boolean hasThirdEncoder() {
        return Files.isRegularFile(model("text_encoder_3"));
    }

    Path folder() {
        return folder;
    }

    /** The folder of a model or tokenizer. */
    Path part(String name) {
        return folder.resolve(name);
    }

    Path model(String name) {
        return folder.resolve(name).resolve("model.onnx");
    }

    ConfigFile config(String name) {
        return ConfigFile.read(folder.resolve(name).resolve("config.json"));
    }

    ConfigFile scheduler() {
        return ConfigFile.read(scheduler);
    }

    /** Where the transformer's bundle is, unless another place is named. */
    public Path defaultBundle() {
        return folder.resolve("transformer.bundle");
    }
}
