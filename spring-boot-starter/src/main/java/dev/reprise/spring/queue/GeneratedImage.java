package dev.reprise.spring.queue;

import dev.reprise.spring.ImageRequest;
import java.time.Duration;

/**
 * A picture and how it came about.
 *
 * @param png a PNG file
 * @param request what was drawn, with the seed where the generator follows one
 * @param computedShare of the multiply-adds
 * @param steps evaluations of the model
 * @param waited before it began
 * @param took from then on
 */
@SuppressWarnings("ArrayRecordComponent") // Nothing compares pictures, and callers send the array as it is.
public record GeneratedImage(
        byte[] png, ImageRequest request, double computedShare, long steps, Duration waited, Duration took) {}
