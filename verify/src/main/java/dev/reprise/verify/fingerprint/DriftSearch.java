package dev.reprise.verify.fingerprint;

import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.recording.Fingerprint.StepValues;
import dev.reprise.graph.recording.ValueFingerprint;
import dev.reprise.verify.api.FirstDrift;
import java.util.List;
import java.util.Optional;

/** Finds the first value that is not the recorded one, in an order in which segments may run. */
public final class DriftSearch {
    private DriftSearch() {}

    /**
     * Compares what segments computed.
     *
     * @param tolerance largest distance that counts as rounding
     * @return empty when all that can be compared is alike
     */
    public static Optional<FirstDrift> find(
            Manifest manifest, List<StepValues> recorded, List<StepValues> found, double tolerance) {
        for (int i = 0; i < recorded.size(); i++) {
            Optional<FirstDrift> drift = find(manifest, recorded.get(i), found.get(i), tolerance);
            if (drift.isPresent()) {
                return drift;
            }
        }
        return Optional.empty();
    }

    private static Optional<FirstDrift> find(
            Manifest manifest, StepValues recorded, StepValues found, double tolerance) {
        int same = 0;
        int alike = 0;
        for (int segment = 0; segment < manifest.segments().size(); segment++) {
            for (String tensor : manifest.segments().get(segment).outputs()) {
                ValueFingerprint reference = recorded.values().get(tensor);
                ValueFingerprint value = found.values().get(tensor);
                if (reference == null || value == null) {
                    continue;
                }
                double distance = value.distance(reference);
                if (distance > tolerance) {
                    return Optional.of(new FirstDrift(
                            found.step(), place(manifest, segment, tensor), tensor, distance, same, alike, segment));
                }
                same += value.isSame(reference) ? 1 : 0;
                alike++;
            }
        }
        return Optional.empty();
    }

    /** The smallest module of a segment; the name of the segment's file where that says more. */
    private static String place(Manifest manifest, int segment, String tensor) {
        Module smallest = null;
        for (Module module : manifest.modules()) {
            if (module.segments().contains(segment)
                    && (smallest == null
                            || module.segments().size() <= smallest.segments().size())) {
                smallest = module;
            }
        }
        for (Module module : manifest.modules()) {
            if (module.outputs().contains(tensor) && module.segments().contains(segment)) {
                smallest = module;
            }
        }
        String file = manifest.segments().get(segment).file();
        String label = file.replaceFirst("^.*/", "").replaceFirst("^\\d+_", "").replaceFirst("\\.onnx$", "");
        if (smallest == null) {
            return label;
        }
        return label.startsWith(smallest.path() + ".") ? label : smallest.path();
    }
}
