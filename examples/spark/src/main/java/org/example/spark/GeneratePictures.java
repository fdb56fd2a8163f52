package org.example.spark;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.example.spark.GenerationSettings.BundlePlace;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The main class of the job: command line, files, exit code. */
@Command(
        name = "generate-pictures",
        header = "Draws a picture for every row of a table of prompts and seeds.",
        description = {
            "",
            "The table has the columns id, prompt (a digit) and seed. The output has those and png, sample_sha256, psnr,"
                    + " computed_share, steps, millis and error. A row that cannot be drawn has an error; the others go on.",
            ""
        },
        sortOptions = false,
        usageHelpWidth = 120,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:every row is in the output, with a picture or with an error",
            "1:the job failed: a task failed on every try, or the output could not be written",
            "2:nothing was drawn: wrong options, no such table, bundle or policy, one of another model, an output that exists"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  examples/spark/submit --prompts examples/spark/prompts.csv --output /tmp/pictures --policy examples/spark/tuned.json",
            "  spark-submit --master spark://HOST:7077 reprise-spark-job.jar --prompts s3a://IN/prompts.parquet \\",
            "      --output s3a://OUT/pictures --bundle /mnt/models/digits.bundle --policy tuned.json"
        })
public final class GeneratePictures implements Callable<Integer> {
    private static final int FAILED = 1;
    private static final int UNUSABLE = 2;

    @Spec
    private CommandSpec command;

    @Option(names = "--prompts", required = true, paramLabel = "TABLE", description = "CSV with a header, or Parquet.")
    private String prompts;

    @Option(
            names = "--output",
            required = true,
            paramLabel = "FOLDER",
            description = "Parquet is written here. Must not exist, and be one that all machines share.")
    private String output;

    @Option(
            names = "--bundle",
            paramLabel = "BUNDLE",
            description = "A folder that is the same on every machine, or a .zip of one, which comes with the job."
                    + " Default: the digits model that is in the jar.")
    private String bundle;

    @Option(
            names = "--policy",
            paramLabel = "FILE",
            description = "As tune and freeze write it; comes with the job. Default: everything is computed.")
    private Path policy;

    @Option(
            names = "--steps",
            paramLabel = "N",
            defaultValue = "30",
            description = "Denoising steps. Default: ${DEFAULT-VALUE}.")
    private int steps;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Tasks. Default: 4 for each core of the cluster. A lost executor loses what its tasks had not committed.")
    private int partitions;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "1",
            description = "Threads of ONNX Runtime, shared by the tasks of an executor. Default: ${DEFAULT-VALUE}.")
    private int threads;

    @Option(
            names = "--measure",
            paramLabel = "SHARE",
            defaultValue = "0.05",
            description =
                    "Share of rows that are drawn uncached too, for psnr; null in the others. Default: ${DEFAULT-VALUE}.")
    private double measuredShare;

    @SuppressWarnings("UnusedVariable") // picocli looks at the annotation
    @Option(names = "--help", usageHelp = true, description = "This text.")
    private boolean help;

    /** Runs under spark-submit; alone, on all cores of this machine. */
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
        return new CommandLine(new GeneratePictures())
                .setOut(out)
                .setErr(err)
                .setExecutionExceptionHandler((e, line, parsed) -> {
                    boolean unusable = e instanceof JobInputException;
                    err.println("generate-pictures: " + (unusable ? e.getMessage() : cause(e)));
                    return unusable ? UNUSABLE : FAILED;
                })
                .execute(arguments);
    }

    /** The first line of what is at the bottom of it; Spark has printed the rest. */
    private static String cause(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.toString().lines().findFirst().orElse("");
    }

    @Override
    public Integer call() throws IOException {
        // Before anything starts.
        settings(new BundlePlace("", false), null);
        if (partitions < 0) {
            throw new JobInputException("partitions must be 1 or more, was " + partitions);
        }
        if (policy != null && !Files.isRegularFile(policy)) {
            throw new JobInputException(policy + ": there is no such policy file");
        }
        Path scratch = Files.createTempDirectory("reprise-spark");
        try (SparkSession spark = SparkSession.builder().config(conf()).getOrCreate()) {
            requireNew(spark, output);
            PromptTable table = PromptTable.read(spark, prompts);
            GenerationJob job = new GenerationJob(
                    spark,
                    distribute(spark.sparkContext(), scratch),
                    partitions > 0 ? partitions : 4 * spark.sparkContext().defaultParallelism(),
                    line -> command.commandLine().getErr().println("generate-pictures: " + line));
            job.requireModel();
            command.commandLine().getOut().println(job.run(table, output));
            return 0;
        } finally {
            // What tasks opened in this JVM, where it is executor too.
            ExecutorModels.closeAll();
            delete(scratch);
        }
    }

    private static SparkConf conf() {
        // ONNX Runtime for Linux sends telemetry from threads of its own unless this stops them before they start.
        return new SparkConf()
                .setIfMissing("spark.master", "local[*]")
                .setIfMissing("spark.app.name", "generate-pictures")
                .setIfMissing("spark.executorEnv.ORT_DISABLE_TELEMETRY", "1")
                // By the default of Spark 4.1, the tasks of a session do not get what the job distributes.
                .set("spark.sql.artifact.isolation.enabled", "false");
    }

    private static void requireNew(SparkSession spark, String output) throws IOException {
        org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(output);
        if (path.getFileSystem(spark.sparkContext().hadoopConfiguration()).exists(path)) {
            throw new JobInputException(output + ": the output exists");
        }
    }

    /** Sends what is not on every machine already. */
    private GenerationSettings distribute(SparkContext context, Path scratch) throws IOException {
        String policyName = null;
        if (policy != null) {
            context.addFile(policy.toAbsolutePath().toString());
            policyName = policy.getFileName().toString();
        }
        return settings(place(context, scratch), policyName);
    }

    private GenerationSettings settings(BundlePlace place, String policyName) {
        try {
            return new GenerationSettings(place, policyName, steps, threads, measuredShare);
        } catch (IllegalArgumentException e) {
            throw new JobInputException(e.getMessage());
        }
    }

    private BundlePlace place(SparkContext context, Path scratch) throws IOException {
        boolean packed = bundle != null && bundle.toLowerCase(Locale.ROOT).endsWith(".zip");
        if (bundle != null && !packed) {
            return new BundlePlace(Path.of(bundle).toAbsolutePath().toString(), false);
        }
        if (packed && !bundle.contains("://") && !Files.isRegularFile(Path.of(bundle))) {
            throw new JobInputException(bundle + ": there is no such bundle");
        }
        URI archive = packed && bundle.contains("://")
                ? URI.create(bundle)
                : (packed ? Path.of(bundle) : BundleArchive.ofDigits(scratch)).toUri();
        // The part behind # is the name of the folder that it is unpacked into.
        context.addArchive(archive + "#model.bundle");
        return new BundlePlace("model.bundle", true);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
