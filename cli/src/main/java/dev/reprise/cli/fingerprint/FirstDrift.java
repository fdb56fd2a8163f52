package dev.reprise.cli.fingerprint;

import dev.reprise.cli.text.Units;
import dev.reprise.graph.bundle.Manifest;
import dev.reprise.graph.bundle.Module;
import dev.reprise.graph.recording.Fingerprint.StepValues;
import dev.reprise.graph.recording.ValueFingerprint;
import java.util.List;
import java.util.Optional;

/**
 * Where a model first went another way. Segments are looked at in an order in which they may run, so that all a segment reads was found
 * alike before; what went wrong is in it.
 *
 * @param step the first of the compared steps at which a value left the tolerance
 * @param module path of the smallest module that the segment belongs to
 * @param tensor the value
 * @param distance how far it is from the recorded one, relative to its norm
 * @param same values before it that have the same bits
 * @param alike values before it that are within the tolerance
 * @param segment index of the segment that computed it
 */
public record FirstDrift(int step, String module, String tensor, double distance, int same, int alike, int segment) {

    /**
     * The same, placed more closely: a segment holds what only its module reads, too.
     *
     * @param changed modules of the segment's parts that are not the recorded ones, in the order of the nodes
     */
    public FirstDrift placedBy(List<String> changed) {
        if (changed.isEmpty() || (changed.get(0) + ".").startsWith(module + ".")) {
            return this;
        }
        return new FirstDrift(step, changed.get(0), tensor, distance, same, alike, segment);
    }

    /** {@code step 0, transformer_blocks.3.attn1 (tensor … is 1.2e-02 off; the 14 values before it are alike, 14 of them to the bit)}. */
    public String described() {
        String before = alike == 0
                ? "it is the first value"
                : "the " + Units.count(alike, "value") + " before it " + (alike == 1 ? "is" : "are") + " alike, " + same
                        + " of them to the bit";
        return "step " + step + ", " + module + " (" + tensor + " is "
                + (Double.isInfinite(distance) ? "of another shape, or not finite" : Units.error(distance) + " off")
                + "; "
                + before + ")";
    }

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
