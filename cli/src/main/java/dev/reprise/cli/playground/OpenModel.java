package dev.reprise.cli.playground;

import dev.reprise.cli.demo.DemoModel;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.ort.Closing;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.DenoisingModel;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.verify.run.OpenBundle;
import dev.reprise.verify.run.Original;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A model of the demo, ready to draw: as it was exported, and cut. */
final class OpenModel implements AutoCloseable {
    private final DemoModel demo;
    private final OpenBundle bundle;
    private final CachedTransformer cut;
    private final Original original;

    private OpenModel(DemoModel demo, OpenBundle bundle, CachedTransformer cut, Original original) {
        this.demo = demo;
        this.bundle = bundle;
        this.cut = cut;
        this.original = original;
    }

    /**
     * Opens a model.
     *
     * @param given a bundle cut from it; null to cut it here
     * @throws dev.reprise.graph.InvalidModelException when the bundle was cut from another model
     */
    static OpenModel open(DemoModel demo, @Nullable Path given, SessionSettings settings) {
        Path model = given == null ? demo.model() : given;
        OpenBundle bundle = OpenBundle.of(model, CutOptions.DEFAULTS);
        try {
            CachedTransformer cut = CachedTransformer.open(bundle.path(), settings);
            try {
                Original original = Original.of(model, demo.model(), bundle.path(), cut.manifest(), settings);
                return new OpenModel(demo, bundle, cut, original);
            } catch (RuntimeException e) {
                cut.close();
                throw e;
            }
        } catch (RuntimeException e) {
            bundle.close();
            throw e;
        }
    }

    DemoModel demo() {
        return demo;
    }

    CachedTransformer cut() {
        return cut;
    }

    DenoisingModel original() {
        return original.model();
    }

    @Override
    public void close() {
        new Closing().add(original).add(cut).add(bundle).finish();
    }
}
