package dev.reprise.cli.inputs;

import dev.reprise.cli.command.Screen;
import dev.reprise.cli.model.IdentifierOptions;
import dev.reprise.cli.model.ProviderOptions;
import dev.reprise.cli.model.RewritesOption;
import dev.reprise.cli.text.Progress;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.verify.run.InputSource;
import dev.reprise.verify.run.OpenBundle;
import dev.reprise.verify.run.Original;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** What commands ask that run one model: which model, where it runs, and what it is run with. */
public final class ModelOptions {
    @Mixin
    private ProviderOptions provider = new ProviderOptions();

    @Mixin
    private IdentifierOptions identifiers = new IdentifierOptions();

    @Mixin
    private RewritesOption rewrites = new RewritesOption();

    @Mixin
    private InputOptions inputs = new InputOptions();

    @Parameters(paramLabel = "MODEL|BUNDLE", description = "An ONNX file, or a folder that 'optimize' wrote.")
    private Path model = Path.of("");

    /** What happens with the open model. */
    @FunctionalInterface
    public interface Work<T> {
        T on(OpenModel open, Progress progress) throws IOException;
    }

    /**
     * A model that was opened as the options say.
     *
     * @param bundle the folder it was loaded from, a temporary one when an ONNX file was given
     * @param settings what it was opened with
     */
    public record OpenModel(CachedTransformer transformer, Path bundle, SessionSettings settings) {
        public Manifest manifest() {
            return transformer.manifest();
        }

        /**
         * What speedups refer to.
         *
         * @param given the model as it was given
         * @param named where the original is, null where nobody said
         */
        public Original original(Path given, @Nullable Path named) {
            return Original.of(given, named, bundle, manifest(), settings);
        }
    }

    /** Cuts the model if it has to be, opens it, and closes it after the work. */
    public <T> T open(Screen screen, Work<T> work) {
        return open(settings(screen), screen, work);
    }

    /** The same with other settings than the options say. */
    public <T> T open(SessionSettings settings, Screen screen, Work<T> work) {
        try (Progress progress = screen.progress()) {
            progress.phase("loading " + model);
            try (OpenBundle bundle = OpenBundle.of(model, cutOptions());
                    CachedTransformer transformer = CachedTransformer.open(bundle.path(), settings)) {
                return work.on(new OpenModel(transformer, bundle.path(), settings), progress);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private CutOptions cutOptions() {
        return inputs.areGenerated() ? identifiers.cutOptionsToGenerate(model) : identifiers.cutOptions(model);
    }

    /** The model as it was given. */
    public Path model() {
        return model;
    }

    public InputOptions inputs() {
        return inputs;
    }

    /** Where and how the model runs, as options for another process. */
    public List<String> runArguments() {
        List<String> arguments = new ArrayList<>(provider.arguments());
        arguments.addAll(rewrites.arguments());
        return arguments;
    }

    public SessionSettings settings(Screen screen) {
        return rewrites.applyTo(provider.settings(screen));
    }

    /** Sizes of dynamic dimensions by name. */
    public Map<String, Long> dimensions() {
        return identifiers.dimensions();
    }

    /** The one source of inputs. */
    public InputSource source(Manifest manifest) {
        return inputs.source(manifest, dimensions());
    }
}
