package dev.reprise.maven;

import dev.reprise.cache.InvalidPolicyException;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.bundle.RewriteLevel;
import dev.reprise.optimizer.api.UnsupportedModelException;
import dev.reprise.ort.provider.ExecutionProvider;
import dev.reprise.ort.provider.ProviderUnavailableException;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.verify.ReportFiles;
import dev.reprise.verify.Verification;
import dev.reprise.verify.api.Budget;
import dev.reprise.verify.api.GateReport.Entry;
import dev.reprise.verify.api.GateReport.Outcome;
import dev.reprise.verify.api.VerificationResult;
import dev.reprise.verify.replay.Bisection;
import dev.reprise.verify.report.GithubAnnotations;
import dev.reprise.verify.run.CutArguments;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.List;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * Replays recordings on an exported model, and fails the build when outputs or decisions are not the recorded ones. The message names the
 * first step and module that went another way. It is 'reprise verify' in a build.
 */
@Mojo(name = "verify", defaultPhase = LifecyclePhase.VERIFY, requiresProject = false, threadSafe = true)
public final class VerifyMojo extends AbstractMojo {
    /** The ONNX file, or the folder of a bundle. */
    @Parameter(property = "reprise.model", required = true)
    private File model = new File("");

    /** Folders with recordings. */
    @Parameter(property = "reprise.recordings", required = true)
    private List<File> recordings = List.of();

    /** The policies to replay, by their names in the recording or their kinds; 'none' is the run without one. All by default. */
    @Parameter(property = "reprise.policies")
    private List<String> policies = List.of();

    /** Largest error of a step, relative to its largest value. */
    @Parameter(property = "reprise.tolerance", defaultValue = "1e-4")
    private double tolerance;

    /** Whether a policy that shows nothing fails: it reused nothing, which tests no more than the run without one, or cannot run on this model. */
    @Parameter(property = "reprise.strict", defaultValue = "false")
    private boolean strict;

    /** Smallest PSNR of a policy's outputs to those recorded without a policy, in dB. */
    @Parameter(property = "reprise.minPsnr")
    private @Nullable Double minPsnr;

    /** Largest error of a policy's step against the outputs recorded without a policy, relative to the largest value. */
    @Parameter(property = "reprise.maxError")
    private @Nullable Double maxError;

    /** Largest share of the multiply-adds that a policy may compute. */
    @Parameter(property = "reprise.maxComputed")
    private @Nullable Double maxComputed;

    /** Smallest speedup over the original model. */
    @Parameter(property = "reprise.minSpeedup")
    private @Nullable Double minSpeedup;

    /** A file with limits for each policy, in place of the reprise.yml or reprise.json beside a recording. */
    @Parameter(property = "reprise.budgets")
    private @Nullable File budgets;

    /** The file that a bundle was cut from, where it is no longer beside the weights; a limit of speed compares with it. */
    @Parameter(property = "reprise.original")
    private @Nullable File original;

    /**
     * Lists of transformer blocks: regular expressions that are searched for in module paths. The names in diffusers by default. These four
     * say how a model file is cut; a bundle is cut already.
     */
    @Parameter(property = "reprise.blockLists")
    private List<String> blockLists = List.of();

    /** Further modules to cut at, so that policies can provide their outputs: regular expressions for whole paths. */
    @Parameter(property = "reprise.modules")
    private List<String> modules = List.of();

    /** Sizes of dynamic dimensions, each NAME=VALUE, for multiply-adds. */
    @Parameter(property = "reprise.dims")
    private List<String> dims = List.of();

    /** The input that holds the timestep, NAME or NAME=SCALE; told by its name by default. */
    @Parameter(property = "reprise.timestep")
    private @Nullable String timestep;

    /** Whether segments run as they were rewritten for speed: none, safe or all. */
    @Parameter(property = "reprise.rewrites", defaultValue = "safe")
    private String rewrites = "safe";

    /**
     * A folder for the smallest part of the model that shows the first difference, with its inputs and what it computed. An earlier part
     * in it is replaced.
     */
    @Parameter(property = "reprise.bisect")
    private @Nullable File bisect;

    /** A file for JUnit's XML, which every CI shows as tests. */
    @Parameter(property = "reprise.junit")
    private @Nullable File junit;

    /** A file for SARIF 2.1.0, for code scanning. */
    @Parameter(property = "reprise.sarif")
    private @Nullable File sarif;

    /** A file for Markdown, for a job's summary. */
    @Parameter(property = "reprise.markdown")
    private @Nullable File markdown;

    /** A file for a page: errors per step, outputs side by side with their difference, what was computed. */
    @Parameter(property = "reprise.html")
    private @Nullable File html;

    /** Where the model runs, as --provider of the command: the first of these that can be used. The CPU by default. */
    @Parameter(property = "reprise.provider")
    private List<String> provider = List.of();

    /** Threads of one operator, 0 for one per core. */
    @Parameter(property = "reprise.threads", defaultValue = "0")
    private int threads;

    /** Whether nothing is verified. */
    @Parameter(property = "reprise.skip", defaultValue = "false")
    private boolean skip;

    @Override
    public void execute() throws MojoExecutionException, MojoFailureException {
        if (skip) {
            getLog().info("reprise.skip is set: " + model + " is not verified");
            return;
        }
        conclude(run());
    }

    private VerificationResult run() throws MojoExecutionException {
        try {
            Verification verification = Verification.of(
                            model.toPath(),
                            recordings.stream().map(File::toPath).toList())
                    .policies(policies.toArray(String[]::new))
                    .tolerance(tolerance)
                    .budget(new Budget(minPsnr, maxError, maxComputed, minSpeedup))
                    .settings(settings())
                    .cutOptions(new CutArguments(blockLists, modules, dims, timestep).options(model.toPath()))
                    .reports(new ReportFiles()
                            .junit(path(junit))
                            .sarif(path(sarif))
                            .markdown(path(markdown))
                            .html(path(html)))
                    .progress(new LoggedProgress(getLog()));
            if (strict) {
                verification.strict();
            }
            if (budgets != null) {
                verification.budgets(budgets.toPath());
            }
            if (original != null) {
                verification.original(original.toPath());
            }
            if (bisect != null) {
                requirePlace(bisect.toPath());
                verification.bisect(bisect.toPath());
            }
            return verification.run();
        } catch (IllegalArgumentException
                | InvalidModelException
                | InvalidPolicyException
                | ProviderUnavailableException
                | UnsupportedModelException e) {
            throw new MojoExecutionException(String.valueOf(e.getMessage()), e);
        }
    }

    private SessionSettings settings() {
        SessionSettings settings = SessionSettings.cpu();
        for (int i = 0; i < provider.size(); i++) {
            ExecutionProvider wanted = ExecutionProvider.parse(provider.get(i));
            settings = i == 0 ? SessionSettings.on(wanted) : settings.withFallback(wanted);
        }
        return settings.withThreads(threads).withRewrites(RewriteLevel.parse(rewrites));
    }

    private static void requirePlace(Path part) throws MojoExecutionException {
        try {
            Bisection.requirePlace(part);
        } catch (FileAlreadyExistsException e) {
            throw new MojoExecutionException("bisect " + part + ": " + e.getReason(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static @Nullable Path path(@Nullable File file) {
        return file == null ? null : file.toPath();
    }

    /**
     * Commands to GitHub Actions begin a line, which lines of Maven's log do not. Maven's console writes a control sequence before the
     * first thing that standard error gets: that goes to a line of its own.
     */
    private static void annotate(List<String> commands) {
        if (!commands.isEmpty()) {
            System.err.println();
        }
        commands.forEach(System.err::println);
    }

    /** The verdict comes first, whatever happened to its reports. */
    private void conclude(VerificationResult result) throws MojoExecutionException, MojoFailureException {
        for (Entry replay : result.report().entries()) {
            if (replay.outcome() == Outcome.PASSED && replay.rule().isEmpty()) {
                getLog().info(replay.policy() + ": " + replay.verdict());
            } else if (!replay.fails()) {
                getLog().warn(replay.headline());
            }
        }
        annotate(GithubAnnotations.lines(result.report(), System.getenv()));
        if (bisect != null) {
            getLog().info(result.describePart(bisect.toPath()));
        }
        if (!result.passed()) {
            result.unwritten().forEach(getLog()::error);
            throw new MojoFailureException(result.describe());
        }
        if (!result.unwritten().isEmpty()) {
            throw new MojoExecutionException(String.join("; ", result.unwritten()));
        }
    }
}
