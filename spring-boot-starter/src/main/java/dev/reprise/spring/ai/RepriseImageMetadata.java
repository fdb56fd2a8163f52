package dev.reprise.spring.ai;

import java.util.OptionalLong;
import org.springframework.ai.image.ImageGenerationMetadata;

/**
 * How a picture came about.
 *
 * @param seed draws the same again; empty where the generator follows none
 * @param steps evaluations of the model
 * @param computedShare of the multiply-adds
 */
public record RepriseImageMetadata(OptionalLong seed, long steps, double computedShare)
        implements ImageGenerationMetadata {}
