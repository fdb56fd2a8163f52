package dev.reprise.verify.replay;

import dev.reprise.graph.bundle.Bundle;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.recording.Fingerprint;
import dev.reprise.graph.recording.Fingerprint.StepValues;
import dev.reprise.graph.recording.ModelFingerprint;
import dev.reprise.graph.recording.Origin;
import dev.reprise.graph.recording.Recording;
import dev.reprise.ort.api.ModelRunException;
import dev.reprise.runtime.CachedTransformer;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.verify.api.Cause;
import dev.reprise.verify.api.Cause.Kind;
import dev.reprise.verify.api.FirstDrift;
import dev.reprise.verify.api.ReplayResult;
import dev.reprise.verify.api.Verdict;
import dev.reprise.verify.fingerprint.DriftSearch;
import dev.reprise.verify.fingerprint.Fingerprints;
import dev.reprise.verify.fingerprint.ModelDifference;
import dev.reprise.verify.run.InputSource;
import dev.reprise.verify.text.Units;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Finds out what is other than it was when a recording was made. Asked only where a replay has other bits. */
public final class CauseFinder {
    /** Values inside of the model may be this much closer than its outputs have to be: an error grows on its way. */
    private static final double INSIDE = 0.1;

    private static final int NAMED = 3;

    private final Recording recording;
    private final CachedTransformer loaded;
    private final Path bundle;
    private final Supplier<ModelFingerprint> model;
    private final SessionSettings settings;
    private final double tolerance;

    /** @param model the fingerprint of the bundle, which takes reading all its weights */
    public CauseFinder(
            Recording recording,
            CachedTransformer loaded,
            Path bundle,
            Supplier<ModelFingerprint> model,
            SessionSettings settings,
            double tolerance) {
        this.model = model;
        this.recording = recording;
        this.loaded = loaded;
        this.bundle = bundle;
        this.settings = settings;
        this.tolerance = tolerance;
    }

    public Cause find(List<ReplayResult> results, InputSource source) {
        if (results.stream()
                .allMatch(result -> result.verdict() == Verdict.SAME_BITS || result.verdict() == Verdict.UNSUPPORTED)) {
            return Cause.NONE;
        }
        Optional<Fingerprint> fingerprint = recording.fingerprint();
        Origin then = recording.description().origin();
        boolean drifted = results.stream().anyMatch(result -> result.verdict().isRegression());
        if (fingerprint.isEmpty() || then == null) {
            return unknown(drifted, results);
        }
        Origin now = Fingerprints.origin(settings, loaded.manifest(), then.source(), then.model());
        ModelDifference difference = ModelDifference.between(fingerprint.get().model(), model.get());
        Optional<FirstDrift> first = drifted && !onlyPolicies(results)
                ? firstDrift(fingerprint.get().steps(), source)
                        .map(found -> found.placedBy(changedIn(found, difference)))
                : Optional.empty();
        Kind kind = kind(difference, then, now, drifted, results);
        return new Cause(kind, summary(kind, difference, then, now), difference.nodes(), difference.weights(), first);
    }

    private static Cause unknown(boolean drifted, List<ReplayResult> results) {
        Kind kind = !drifted ? Kind.ROUNDING : onlyPolicies(results) ? Kind.POLICIES_ONLY : Kind.UNKNOWN;
        String summary = !drifted
                ? ""
                : kind == Kind.POLICIES_ONLY
                        ? "the run without a policy is as recorded: only policies differ"
                        : "the recording has no fingerprint (format 1): 'record --update' makes one that tells more";
        return new Cause(kind, summary, List.of(), List.of(), Optional.empty());
    }

    /** Whether the run without a policy was replayed, and is as recorded. */
    private static boolean onlyPolicies(List<ReplayResult> results) {
        return results.stream()
                .anyMatch(result -> result.name().equals(Recording.UNCACHED)
                        && result.verdict().passes());
    }

    private Optional<FirstDrift> firstDrift(List<StepValues> recorded, InputSource source) {
        List<Integer> steps = new ArrayList<>();
        recorded.forEach(values -> steps.add(values.step()));
        try {
            return DriftSearch.find(
                    loaded.manifest(), recorded, Fingerprints.values(loaded, source, steps), INSIDE * tolerance);
        } catch (IllegalStateException | IllegalArgumentException | ModelRunException e) {
            // The replay that broke off says so already.
            return Optional.empty();
        }
    }

    /** Modules of the changed parts of the segment with the first drift, as far as their names tell, in the order of the nodes. */
    private List<String> changedIn(FirstDrift drift, ModelDifference difference) {
        String prefix = loaded.manifest().provenance().prefix();
        Set<String> changedNodes = Set.copyOf(difference.nodes());
        Set<String> changedWeights = Set.copyOf(difference.weights());
        List<String> modules = new ArrayList<>();
        for (NodeProto node : Bundle.open(bundle)
                .segment(loaded.manifest().segments().get(drift.segment()))
                .getGraph()
                .getNodeList()) {
            boolean changed = node.getOutputList().stream().anyMatch(changedNodes::contains);
            List<String> weights = node.getInputList().stream()
                    .filter(changedWeights::contains)
                    .toList();
            weights.forEach(weight -> moduleOf(weight, prefix).ifPresent(modules::add));
            if ((changed || !weights.isEmpty()) && node.getOutputCount() > 0) {
                moduleOf(node.getOutput(0), prefix).ifPresent(modules::add);
            }
        }
        return modules;
    }

    /** {@code blocks.0.attn.to_q.weight} and {@code /blocks.0/attn/to_q/MatMul_output_0} are of {@code blocks.0.attn.to_q}. */
    static Optional<String> moduleOf(String name, String prefix) {
        char separator = name.startsWith("/") ? '/' : '.';
        int last = name.lastIndexOf(separator);
        if (last <= 0 || !name.matches("[\\w./]+")) {
            return Optional.empty();
        }
        String path = (separator == '/' ? name.substring(1, last) : name.substring(0, last)).replace('/', '.');
        return Optional.of(
                !prefix.isEmpty() && path.startsWith(prefix + ".") ? path.substring(prefix.length() + 1) : path);
    }

    private static Kind kind(
            ModelDifference difference, Origin then, Origin now, boolean drifted, List<ReplayResult> results) {
        if (!difference.nodes().isEmpty()) {
            return Kind.OTHER_GRAPH;
        }
        if (!difference.weights().isEmpty()) {
            return Kind.OTHER_WEIGHTS;
        }
        if (!drifted) {
            return Kind.ROUNDING;
        }
        if (!then.onnxRuntime().equals(now.onnxRuntime())) {
            return Kind.OTHER_ONNX_RUNTIME;
        }
        if (onlyPolicies(results)) {
            return Kind.POLICIES_ONLY;
        }
        return then.computesAlike(now) ? Kind.UNKNOWN : Kind.OTHER_MACHINE;
    }

    private static String summary(Kind kind, ModelDifference difference, Origin then, Origin now) {
        return switch (kind) {
            case OTHER_GRAPH ->
                "the model has another graph: " + named("node", difference.nodes())
                        + (difference.weights().isEmpty() ? "" : ", and " + named("weight", difference.weights()));
            case OTHER_WEIGHTS -> "the model has other weights: " + named("weight", difference.weights());
            case OTHER_ONNX_RUNTIME ->
                "ONNX Runtime is another one: recorded with " + then.onnxRuntime() + ", this is " + now.onnxRuntime();
            case OTHER_MACHINE -> "it runs elsewhere: " + elsewhere(then, now);
            case POLICIES_ONLY -> "the run without a policy is as recorded: only policies differ";
            case ROUNDING ->
                "the model is the recorded one: only rounding differs"
                        + (then.computesAlike(now) ? "" : " (" + elsewhere(then, now) + ")");
            case UNKNOWN ->
                "the model, ONNX Runtime and the machine are the recorded ones; Reprise was " + then.reprise() + ", is "
                        + now.reprise();
            case NONE -> "";
        };
    }

    private static String elsewhere(Origin then, Origin now) {
        return "recorded with " + where(then) + ", this is " + where(now);
    }

    private static String where(Origin origin) {
        return "ONNX Runtime " + origin.onnxRuntime() + " on " + origin.provider() + ", "
                + Units.count(origin.threads(), "thread") + ", " + origin.system()
                + (origin.rewrites().isEmpty() ? "" : ", with " + String.join(", ", origin.rewrites()));
    }

    private static String named(String what, List<String> names) {
        return Units.count(names.size(), what) + " ("
                + String.join(", ", names.subList(0, Math.min(NAMED, names.size())))
                + (names.size() > NAMED ? ", …" : "") + ")";
    }
}
