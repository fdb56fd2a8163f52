package dev.reprise.cli.playground;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cli.demo.DemoModel;
import dev.reprise.cli.demo.EulerSampler;
import dev.reprise.cli.demo.Judge;
import dev.reprise.cli.report.Samples;
import dev.reprise.ort.Closing;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.StepTrace;
import dev.reprise.verify.api.StepMap;
import dev.reprise.verify.report.Png;
import dev.reprise.verify.report.TraceMap;
import dev.reprise.verify.text.Json;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One of the settings that are compared: draws under its policy, which may change between two steps. */
final class PlaySide implements AutoCloseable {
    private final int index;
    private final CachedTransformer generation;
    private final EulerSampler.Batch batch;
    private final AtomicReference<@Nullable SideSettings> wanted = new AtomicReference<>();
    private long nanos;

    /** Only {@link #change} is for other threads than the one that draws. */
    PlaySide(int index, SideSettings settings, CachedTransformer generation, EulerSampler.Batch batch) {
        this.index = index;
        this.generation = generation;
        this.batch = batch;
        wanted.set(settings);
    }

    /** From the next step on. */
    void change(SideSettings settings) {
        wanted.set(settings);
    }

    /** Takes the policy that is wanted now. Tells the log when it is another one. */
    void prepare(int step, EventLog log) {
        SideSettings settings = wanted.getAndSet(null);
        if (settings == null) {
            return;
        }
        generation.disableCache();
        generation.enableCache(settings.choice().policy());
        generation.load();
        ObjectNode json = Json.object();
        json.put("side", index);
        json.put("step", step);
        json.put("title", settings.choice().title());
        json.put("command", SettingLines.command(settings));
        json.put("java", SettingLines.java(settings));
        log.add("setting", json);
    }

    void step(int step) {
        long before = batch.nanos();
        batch.step(generation, step);
        nanos = batch.nanos() - before;
    }

    /** What the last step did, and what it looks like now. */
    ObjectNode report(DemoModel model, float[] original) {
        List<StepTrace> trace = generation.trace();
        StepTrace last = trace.get(trace.size() - 1);
        StepMap map = TraceMap.of(generation.manifest(), List.of(last));
        float[] drawn = batch.samples();
        Samples samples = Samples.of(drawn, model.sample());
        ObjectNode json = Json.object();
        json.set("ms", Json.millis((double) nanos));
        json.put("computed", last.computedShare());
        json.put("cache_bytes", last.cacheBytes());
        json.set("psnr", Json.number(Judge.psnr(Judge.squaredError(drawn, original), drawn.length)));
        json.put("picture", Png.dataUri(samples.picture()));
        json.put("difference", Png.dataUri(samples.difference(Samples.of(original, model.sample()))));
        StringBuilder states = new StringBuilder();
        ArrayNode reasons = json.putArray("reasons");
        map.cells().forEach(row -> {
            states.append(row.get(0).state().style());
            reasons.add(row.get(0).reason());
        });
        json.put("cells", states.toString());
        return json;
    }

    List<String> modules() {
        return TraceMap.of(generation.manifest(), List.of()).modules();
    }

    @Override
    public void close() {
        new Closing().add(batch).add(generation).finish();
    }
}
