package dev.reprise.cli.playground;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cli.demo.DemoModel;
import dev.reprise.cli.policies.CatalogueJson;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.bundle.ManifestFile;
import dev.reprise.graph.model.OnnxModel;
import dev.reprise.ort.Closing;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.verify.text.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the page can ask for: models, policies, and one generation at a time. Used by several threads. */
final class Playground implements AutoCloseable {
    private static final List<DemoModel> MODELS = List.of(DemoModel.digits(), DemoModel.video());

    private final List<DemoModel> offered;
    private final @Nullable Path bundle;
    private final SessionSettings settings;
    private final Map<String, OpenModel> opened = new LinkedHashMap<>();
    private @Nullable Play play;
    private int plays;

    private Playground(List<DemoModel> offered, @Nullable Path bundle, SessionSettings settings) {
        this.offered = offered;
        this.bundle = bundle;
        this.settings = settings;
    }

    /**
     * Opens the first model.
     *
     * @param bundle cut from one of the models, which is then the only one; null for all of them
     * @throws InvalidModelException when it was cut from another model
     */
    static Playground open(@Nullable Path bundle, SessionSettings settings) {
        List<DemoModel> offered = bundle == null ? MODELS : List.of(modelOf(bundle));
        Playground playground = new Playground(offered, bundle, settings);
        playground.model(offered.get(0).name());
        return playground;
    }

    private static DemoModel modelOf(Path bundle) {
        if (!Files.isDirectory(bundle)) {
            throw new InvalidModelException(bundle + " must be a bundle, as 'reprise optimize' writes it");
        }
        String hash = ManifestFile.read(bundle).provenance().sourceHash();
        for (DemoModel model : MODELS) {
            if (OnnxModel.read(model.model()).hash().equals(hash)) {
                return model;
            }
        }
        throw new InvalidModelException(bundle + " must be cut from one of the demo's models ("
                + MODELS.get(0).model() + " or " + MODELS.get(1).model()
                + "), whose prompts and sampler the playground knows; it was cut from another");
    }

    /** Models, policies with their parameters, and the generation that there is. */
    synchronized ObjectNode overview() {
        ObjectNode json = CatalogueJson.of(PolicyCatalogue.all());
        ArrayNode models = json.putArray("models");
        for (DemoModel model : offered) {
            models.addObject().put("name", model.name()).put("subject", model.subject());
        }
        json.set("generation", play == null ? Json.of(null) : describe(play));
        return json;
    }

    /**
     * Begins a generation; the one before ends.
     *
     * @throws RequestException when the model does not support a policy; the generation before goes on
     */
    synchronized ObjectNode begin(PlaySettings wanted) {
        OpenModel model = model(wanted.model());
        for (int i = 0; i < wanted.sides().size(); i++) {
            requireSupported(model, i, wanted.sides().get(i));
        }
        stop();
        plays++;
        play = new Play(Integer.toString(plays), model, wanted);
        play.start();
        return describe(play);
    }

    /**
     * Changes the policy of a side while it draws.
     *
     * @throws RequestException when the model does not support it, or nothing more is drawn
     */
    synchronized ObjectNode change(String id, int side, SideSettings changed) {
        Play current = play(id);
        if (side < 0 || side >= current.settings().sides().size()) {
            throw RequestException.notFound("generation " + id + " has no setting " + side);
        }
        requireSupported(model(current.settings().model()), side, changed);
        if (!current.change(side, changed)) {
            throw new RequestException(
                    409, new RequestProblem(side, "", "generation " + id + " has no further step to change for"));
        }
        return describe(current);
    }

    private void requireSupported(OpenModel model, int side, SideSettings wanted) {
        try (CachedTransformer trial = model.cut().newIsolatedGeneration()) {
            trial.enableCache(wanted.choice().policy());
        } catch (UnsupportedPolicyException | IllegalArgumentException e) {
            throw RequestException.badField(side, "", String.valueOf(e.getMessage()));
        }
    }

    /** Ends a generation after the step that is being taken. */
    synchronized ObjectNode stop(String id) {
        Play current = play(id);
        current.stop();
        return describe(current);
    }

    /** @throws RequestException when it is not the one that there is */
    synchronized Play play(String id) {
        if (play == null || !play.id().equals(id)) {
            throw RequestException.notFound("there is no generation " + id + " any more");
        }
        return play;
    }

    private static ObjectNode describe(Play play) {
        ObjectNode json = Json.object();
        json.put("id", play.id());
        json.put("under_way", play.isUnderWay());
        json.set("settings", play.settings().json());
        return json;
    }

    private OpenModel model(String name) {
        OpenModel known = opened.get(name);
        if (known == null) {
            DemoModel demo = offered.stream()
                    .filter(model -> model.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> RequestException.badField(
                            RequestProblem.COMMON,
                            "model",
                            "model must be one of "
                                    + offered.stream().map(DemoModel::name).toList() + ", was " + name));
            known = OpenModel.open(demo, bundle, settings);
            opened.put(name, known);
        }
        return known;
    }

    private void stop() {
        if (play != null) {
            play.close();
            play = null;
        }
    }

    @Override
    public synchronized void close() {
        Closing closing = new Closing().add(this::stop);
        new ArrayList<>(opened.values()).forEach(model -> closing.add(model));
        closing.finish();
    }
}
