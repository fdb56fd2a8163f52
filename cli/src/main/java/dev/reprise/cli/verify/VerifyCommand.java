package dev.reprise.cli.verify;

import dev.reprise.cli.command.CommandException;
import dev.reprise.cli.command.ExitCode;
import dev.reprise.cli.command.Screen;
import dev.reprise.cli.model.IdentifierOptions;
import dev.reprise.cli.model.OriginalOption;
import dev.reprise.cli.model.ProviderOptions;
import dev.reprise.cli.model.RewritesOption;
import dev.reprise.cli.text.Progress;
import dev.reprise.verify.Verification;
import dev.reprise.verify.api.VerificationResult;
import dev.reprise.verify.replay.Bisection;
import dev.reprise.verify.report.GithubAnnotations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code reprise verify}: the regression test of a model and its policies. */
@Command(
        name = "verify",
        description = {
            "Replay a recording on a model, and fail when outputs or decisions differ.",
            "",
            "Replays the run without a policy ('none') and every recorded policy, or those that --policy names."
                    + " Verdicts: SAME-BITS; WITHIN (outputs within --tolerance, the recorded decisions); DRIFT (an output"
                    + " or a decision is another); BROKEN (it broke off, or is not finite). With the recording's"
                    + " fingerprint it says what changed, and the first step and module that went another way. A policy"
                    + " that this version or this model does not support is reported as unsupported. That ends with exit"
                    + " code 3 when --policy named it, or when nothing else ran; otherwise it is ignored."
        },
        footer = {
            "",
            "Examples:",
            "  reprise verify model.onnx --recording recording/ --strict",
            "  reprise verify model.bundle --recording recording/ --policy fbc --tolerance 1e-3",
            "  reprise verify model.onnx --recording a/ --recording b/ --min-psnr 30 --max-computed 0.7",
            "  reprise verify model.onnx --recording recording/ --junit verify.xml --html verify.html",
            "  reprise verify model.onnx --recording recording/ --bisect part/",
            "  reprise verify model.onnx --recording recording/ --format json"
        })
public final class VerifyCommand implements Callable<Integer> {
    @Mixin
    private Screen screen = new Screen();

    @Mixin
    private ProviderOptions provider = new ProviderOptions();

    @Mixin
    private RewritesOption rewrites = new RewritesOption();

    @Mixin
    private IdentifierOptions identifiers = new IdentifierOptions();

    @Mixin
    private BudgetOptions budget = new BudgetOptions();

    @Mixin
    private ReportOptions reports = new ReportOptions();

    @Mixin
    private OriginalOption original = new OriginalOption();

    @Parameters(paramLabel = "MODEL|BUNDLE", description = "An ONNX file, or a folder that 'optimize' wrote.")
    private Path model = Path.of("");

    @Option(
            names = "--recording",
            required = true,
            paramLabel = "DIR",
            description = "A folder with recording.json and recording.safetensors; repeatable.")
    private List<Path> directories = new ArrayList<>();

    @Option(
            names = {"-p", "--policy"},
            paramLabel = "NAME",
            description = "A recorded policy, by its name in the recording or its kind; 'none' is the run without one;"
                    + " repeatable.")
    private List<String> names = new ArrayList<>();

    @Option(
            names = "--tolerance",
            paramLabel = "T",
            defaultValue = "1e-4",
            description = "Largest error of a step, relative to its largest value. Default: ${DEFAULT-VALUE}")
    private double tolerance;

    @Option(
            names = "--strict",
            description = "Fail when a policy shows nothing: it reused nothing (vacuous), or cannot run on this model.")
    private boolean strict;

    @Option(
            names = "--bisect",
            paramLabel = "DIR",
            description =
                    "A folder for the smallest part of the model that shows the first difference, with its inputs and what it"
                            + " computed; an earlier part in it is replaced. Written only where the run without a policy left the tolerance.")
    private @Nullable Path part;

    @Override
    public Integer call() {
        if (!(tolerance >= 0) || Double.isInfinite(tolerance)) {
            throw CommandException.usage("--tolerance must be 0 or more, was " + tolerance);
        }
        Verification verification = Verification.of(model, directories)
                .policies(names.toArray(String[]::new))
                .tolerance(tolerance)
                .budget(budget.budget())
                .settings(rewrites.applyTo(provider.settings(screen)))
                .cutOptions(identifiers.cutOptions(model))
                .reports(reports.files());
        if (part != null) {
            requirePlace(part);
            verification.bisect(part);
        }
        Path budgets = budget.file();
        if (budgets != null) {
            verification.budgets(budgets);
        }
        Path unsplit = original.file();
        if (unsplit != null) {
            verification.original(unsplit);
        }
        if (strict) {
            verification.strict();
        }
        VerificationResult result;
        try (Progress progress = screen.progress()) {
            result = verification.progress(progress).run();
        }
        conclude(result);
        return ExitCode.OK;
    }

    /** The verdict comes first, whatever happened to its reports. */
    private void conclude(VerificationResult result) {
        screen.show(
                () -> VerificationJson.of(result.recordings()),
                out -> VerificationText.print(result.recordings(), out));
        GithubAnnotations.lines(result.report(), System.getenv()).forEach(screen.err()::println);
        if (part != null) {
            screen.err().println(result.describePart(part));
        }
        List<String> unwritten = result.unwritten();
        if (result.failure().isPresent()) {
            unwritten.forEach(screen.err()::println);
            throw exception(result.failure().get());
        }
        if (!unwritten.isEmpty()) {
            throw CommandException.failed(String.join("; ", unwritten));
        }
    }

    private static void requirePlace(Path part) {
        try {
            Bisection.requirePlace(part);
        } catch (FileAlreadyExistsException e) {
            throw CommandException.usage("output " + part + ": " + e.getReason());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static CommandException exception(VerificationResult.Failure failure) {
        return switch (failure.kind()) {
            case REGRESSION -> CommandException.regression(failure.text());
            case BROKEN_OFF -> CommandException.failed(failure.text());
            case UNSUPPORTED -> CommandException.invalid(failure.text());
        };
    }
}
