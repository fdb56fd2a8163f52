package dev.reprise.cli.playground;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.reprise.cli.command.Failure;
import dev.reprise.cli.demo.DemoModel;
import dev.reprise.cli.demo.EulerSampler;
import dev.reprise.cli.report.Samples;
import dev.reprise.ort.Closing;
import dev.reprise.verify.report.Png;
import dev.reprise.verify.text.Json;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * One generation that people watch: the original and every setting take each step in turn. Events, in this order: {@code begin}, then
 * {@code setting} before the first step that a setting is used in and {@code step} for each step, at last {@code done}, {@code stopped} or
 * {@code failed}.
 */
final class Play implements AutoCloseable {
    private final String id;
    private final OpenModel model;
    private final EulerSampler.Batch plain;
    private final List<PlaySide> sides = new ArrayList<>();
    private final EventLog log = new EventLog();
    private final Thread worker = new Thread(this::run, "playground-generation");
    private final CountDownLatch stopping = new CountDownLatch(1);
    private volatile PlaySettings settings;
    private boolean lastStepBegan;

    /** Begins at {@link #start}. */
    Play(String id, OpenModel model, PlaySettings settings) {
        this.id = id;
        this.model = model;
        this.settings = settings;
        DemoModel demo = model.demo();
        EulerSampler sampler = EulerSampler.of(demo, settings.steps());
        float[] noise = demo.noise(settings.seed());
        plain = sampler.begin(noise);
        for (SideSettings side : settings.sides()) {
            sides.add(new PlaySide(sides.size(), side, model.cut().newIsolatedGeneration(), sampler.begin(noise)));
        }
        worker.setDaemon(true);
    }

    void start() {
        worker.start();
    }

    String id() {
        return id;
    }

    PlaySettings settings() {
        return settings;
    }

    EventLog log() {
        return log;
    }

    boolean isUnderWay() {
        return worker.isAlive();
    }

    /**
     * Another policy from the next step on.
     *
     * @return whether there is a next step
     */
    synchronized boolean change(int side, SideSettings changed) {
        if (lastStepBegan) {
            return false;
        }
        settings = settings.withSide(side, changed);
        sides.get(side).change(changed);
        return true;
    }

    private synchronized void takeSettings(int step) {
        lastStepBegan = step == settings.steps() - 1;
        sides.forEach(side -> side.prepare(step, log));
    }

    private void run() {
        try {
            log.add("begin", beginning());
            String end = draw();
            log.add(end, Json.object());
        } catch (InterruptedException e) {
            log.add("stopped", Json.object());
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            log.add("failed", Json.object().put("message", Failure.of(e).line()));
        } finally {
            log.end();
        }
    }

    private String draw() throws InterruptedException {
        for (int step = 0; step < settings.steps(); step++) {
            takeSettings(step);
            ObjectNode original = takeStep(step);
            ObjectNode json = Json.object().put("step", step);
            json.set("original", original);
            ArrayNode reports = json.putArray("sides");
            sides.forEach(side -> reports.add(side.report(model.demo(), plain.samples())));
            log.add("step", json);
            if (stopping.await(settings.pauseMillis(), TimeUnit.MILLISECONDS)) {
                return "stopped";
            }
        }
        return "done";
    }

    /** All take the step one after another, in another order each time: all meet the same machine. */
    private ObjectNode takeStep(int step) {
        ObjectNode original = Json.object();
        List<Runnable> turns = new ArrayList<>();
        turns.add(() -> {
            long before = plain.nanos();
            plain.step(model.original(), step);
            original.set("ms", Json.millis((double) (plain.nanos() - before)));
        });
        sides.forEach(side -> turns.add(() -> side.step(step)));
        Collections.rotate(turns, step);
        turns.forEach(Runnable::run);
        original.put(
                "picture",
                Png.dataUri(Samples.of(plain.samples(), model.demo().sample()).picture()));
        return original;
    }

    private ObjectNode beginning() {
        Samples samples = Samples.of(plain.samples(), model.demo().sample());
        ObjectNode json = Json.object();
        json.put("steps", settings.steps());
        json.put("sides", sides.size());
        json.set("labels", Json.strings(model.demo().labels()));
        json.put("columns", samples.columns());
        json.put("rows", samples.rows());
        json.set("modules", Json.strings(sides.get(0).modules()));
        return json;
    }

    /** Ends after the step that is being taken. */
    void stop() {
        stopping.countDown();
    }

    @Override
    public void close() {
        stop();
        boolean interrupted = false;
        while (worker.isAlive()) {
            try {
                worker.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        Closing closing = new Closing().add(plain);
        sides.forEach(side -> closing.add(side));
        closing.finish();
    }
}
