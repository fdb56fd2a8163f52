package org.example.pipeline;

import dev.reprise.cache.CachePolicy;
import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.optimizer.api.UnsupportedModelException;
import dev.reprise.ort.provider.ExecutionProvider;
import dev.reprise.ort.provider.ProviderUnavailableException;
import dev.reprise.runtime.api.InvalidInputException;
import dev.reprise.runtime.api.SessionSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The main class: command line, files, exit code. */
@Command(
        name = "draw",
        header = "Draws a picture of a prompt with an export of Stable Diffusion 3.",
        description = {
            "",
            "The export is the folder that optimum-cli export onnx writes. The transformer is cut on first use and runs with a cache policy.",
            ""
        },
        sortOptions = false,
        usageHelpWidth = 120,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the picture is written",
            "1:it failed: disk full, out of memory, a run that failed",
            "2:wrong options: a size that the model cannot draw, an unknown policy, an output that exists",
            "3:the export, its scheduler, the bundle, the policy or the provider cannot be used",
            "130:cancelled with Ctrl-C; nothing is written"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  examples/pipeline/draw --model sd3-onnx --prompt 'A lighthouse on a cliff at dawn' --output lighthouse.png",
            "  examples/pipeline/draw --model sd3-onnx --prompt 'A fox' --negative 'blurry' --seed 7 \\",
            "      --policy fbc --set threshold=0.1 --output fox.png"
        })
public final class DrawPicture implements Callable<Integer> {
    private static final int FAILED = 1;
    private static final int USAGE = 2;
    private static final int UNUSABLE = 3;
    private static final int CANCELLED = 130;
    private static final Pattern SIZE = Pattern.compile("([1-9][0-9]{0,4})(?:x([1-9][0-9]{0,4}))?");

    @Spec
    private CommandSpec command;

    @Option(names = "--model", required = true, paramLabel = "FOLDER", description = "The export.")
    private Path model;

    @Option(names = "--prompt", required = true, paramLabel = "TEXT", description = "What to draw.")
    private String prompt;

    @Option(
            names = "--negative",
            paramLabel = "TEXT",
            defaultValue = "",
            description = "What should not be in the picture; counts with guidance.")
    private String negative;

    @Option(names = "--output", required = true, paramLabel = "FILE", description = "The picture, PNG. Must not exist.")
    private Path output;

    @Option(names = "--force", description = "Replace an output that exists.")
    private boolean force;

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "28",
            description = "Denoising steps. Default: ${DEFAULT-VALUE}.")
    private int steps;

    @Option(
            names = "--guidance",
            paramLabel = "SCALE",
            defaultValue = "7",
            description =
                    "Scale of classifier-free guidance; 1 for none, which is half of the work. Default: ${DEFAULT-VALUE}.")
    private double guidance;

    @Option(names = "--seed", paramLabel = "N", description = "Of the noise. Default: a random one, which is printed.")
    private Long seed;

    @Option(
            names = "--size",
            paramLabel = "WxH",
            description = "Pixels: 1024x768, or 512. Default: what the model was trained for.")
    private String size;

    @Option(
            names = "--policy",
            paramLabel = "NAME|FILE",
            description =
                    "A cache policy by name, or a file as reprise tune and freeze write it. Default: everything is computed.")
    private String policy;

    @Option(names = "--set", paramLabel = "NAME=VALUE", description = "A parameter of the policy; can be repeated.")
    private List<String> parameters = new ArrayList<>();

    @Option(
            names = "--scheduler",
            paramLabel = "FILE",
            description = "A scheduler_config.json in place of the export's: flow-matching Euler or DPM-Solver++.")
    private Path scheduler;

    @Option(
            names = "--provider",
            paramLabel = "NAME",
            defaultValue = "cpu",
            description = "Where models run: cpu, cuda[:DEVICE], tensorrt[:DEVICE], webgpu. Default: ${DEFAULT-VALUE}.")
    private String provider;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "0",
            description = "Threads of one operator; 0 for one per core. Default: ${DEFAULT-VALUE}.")
    private int threads;

    @Option(
            names = "--bundle",
            paramLabel = "FOLDER",
            description = "The cut transformer; made where there is none. Default: transformer.bundle in the export.")
    private Path bundle;

    @SuppressWarnings("UnusedVariable") // picocli looks at the annotation
    @Option(names = "--help", usageHelp = true, description = "This text.")
    private boolean help;

    /** Draws and exits with the code that the help describes. */
    public static void main(String[] arguments) {
        int code = run(
                new PrintWriter(System.out, true, Charset.defaultCharset()),
                new PrintWriter(System.err, true, Charset.defaultCharset()),
                arguments);
        if (code != 0) {
            System.exit(code);
        }
    }

    static int run(PrintWriter out, PrintWriter err, String... arguments) {
        return new CommandLine(new DrawPicture())
                .setOut(out)
                .setErr(err)
                .setParameterExceptionHandler((e, line) -> {
                    err.println("draw: " + e.getMessage() + " (--help has all options)");
                    return USAGE;
                })
                .setExecutionExceptionHandler((e, line, parsed) -> {
                    err.println("draw: " + message(e));
                    return code(e);
                })
                .execute(arguments);
    }

    private static int code(Exception e) {
        if (e instanceof GenerationCancelledException) {
            return CANCELLED;
        }
        if (e instanceof InvalidPolicyException || e instanceof IllegalArgumentException) {
            return USAGE;
        }
        return e instanceof UnusableExportException
                        || e instanceof InvalidModelException
                        || e instanceof UnsupportedModelException
                        || e instanceof UnsupportedPolicyException
                        || e instanceof InvalidInputException
                        || e instanceof ProviderUnavailableException
                ? UNUSABLE
                : FAILED;
    }

    private static String message(Exception e) {
        Throwable cause = e instanceof UncheckedIOException ? e.getCause() : e;
        String text = cause.getMessage() == null || cause instanceof FileSystemException
                ? cause.toString()
                : cause.getMessage();
        return text.replaceAll("\\s*\\R\\s*", "; ");
    }

    @Override
    public Integer call() throws IOException {
        // What costs nothing comes first.
        PictureRequest request = request();
        SessionSettings settings = settings();
        requireOutput();
        ExportFolder export = ExportFolder.at(model);
        if (scheduler != null) {
            export = export.withScheduler(scheduler);
        }
        Path place = bundle == null ? export.defaultBundle() : bundle;
        PrintWriter err = command.commandLine().getErr();
        try (Interrupt interrupt = new Interrupt()) {
            ProgressLine progress = new ProgressLine(err, Boolean.getBoolean("pipeline.watched"), interrupt::isWanted);
            try {
                progress.say(Files.exists(place) ? "opening the transformer" : "cutting the transformer, once");
                Drawing drawing = draw(export, place, settings, request, progress);
                progress.end();
                Cancellation.check(progress, "before the picture was written");
                Files.write(output, drawing.picture().png());
                report(drawing);
            } finally {
                progress.end();
            }
        }
        return 0;
    }

    private Drawing draw(
            ExportFolder export, Path place, SessionSettings settings, PictureRequest request, ProgressLine progress) {
        try (TextToImage pipeline = TextToImage.open(export, place, settings)) {
            progress.say("reading the prompt");
            Conditioning conditioning = pipeline.encode(request, progress);
            // One picture is drawn: what the text encoders took, the transformer can have.
            pipeline.releaseTextEncoders();
            progress.say("opening the transformer");
            return pipeline.draw(request, conditioning, progress);
        }
    }

    private PictureRequest request() throws IOException {
        if (seed == null) {
            seed = (long) new SecureRandom().nextInt(Integer.MAX_VALUE);
        }
        PictureRequest request = PictureRequest.of(prompt)
                .withNegativePrompt(negative)
                .withSteps(steps)
                .withGuidance(guidance)
                .withSeed(seed);
        if (size != null) {
            Matcher pixels = SIZE.matcher(size);
            if (!pixels.matches()) {
                throw usage("--size must be WIDTHxHEIGHT or one number, was '" + size + "'");
            }
            int width = Integer.parseInt(pixels.group(1));
            request = request.withSize(width, pixels.group(2) == null ? width : Integer.parseInt(pixels.group(2)));
        }
        CachePolicy chosen = policy();
        return chosen == null ? request : request.withPolicy(chosen);
    }

    private CachePolicy policy() throws IOException {
        if (policy == null) {
            if (!parameters.isEmpty()) {
                throw usage("--set needs --policy");
            }
            return null;
        }
        Path file = Path.of(policy);
        if (!Files.isRegularFile(file)) {
            return PolicyCatalogue.parse(policy, parameters);
        }
        if (!parameters.isEmpty()) {
            throw usage("--set needs a policy by its name: " + policy + " is a file with its own parameters");
        }
        return PolicyCatalogue.load(file);
    }

    private SessionSettings settings() {
        if (threads < 0 || threads > 1024) {
            throw usage("--threads must be in [0, 1024], was " + threads);
        }
        return SessionSettings.on(ExecutionProvider.parse(provider)).withThreads(threads);
    }

    private void requireOutput() {
        if (Files.isDirectory(output)) {
            throw usage("--output must be a file, " + output + " is a folder");
        }
        if (Files.exists(output) && !force) {
            throw usage(output + " exists; --force replaces it");
        }
        Path parent = output.toAbsolutePath().getParent();
        if (parent == null || !Files.isDirectory(parent)) {
            throw usage("--output must be in a folder that exists, " + parent + " does not");
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(command.commandLine(), message);
    }

    private void report(Drawing drawing) {
        PrintWriter out = command.commandLine().getOut();
        out.printf(
                Locale.ROOT,
                "%s: %dx%d, seed %d, guidance %s%n",
                output,
                drawing.picture().width(),
                drawing.picture().height(),
                seed,
                guidance > 1 ? String.valueOf(guidance) : "off");
        out.println(drawing.summary());
    }
}
