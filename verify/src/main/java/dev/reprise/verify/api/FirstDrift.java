package dev.reprise.verify.api;

import dev.reprise.verify.text.Units;
import java.util.List;

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

    /** {@code 1.2e-02 off}. */
    public String off() {
        return Double.isInfinite(distance) ? "of another shape, or not finite" : Units.error(distance) + " off";
    }

    /** {@code step 0, transformer_blocks.3.attn1 (tensor … is 1.2e-02 off; the 14 values before it are alike, 14 of them to the bit)}. */
    public String described() {
        String before = alike == 0
                ? "it is the first value"
                : "the " + Units.count(alike, "value") + " before it " + (alike == 1 ? "is" : "are") + " alike, " + same
                        + " of them to the bit";
        return "step " + step + ", " + module + " (" + tensor + " is " + off() + "; " + before + ")";
    }
}
