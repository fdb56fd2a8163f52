package org.example.pipeline;

import dev.reprise.runtime.api.Summary;

/**
 * A picture and how it came about.
 *
 * @param picture what the user wants
 * @param summary what the transformer computed and what it took from its cache
 */
public record Drawing(Picture picture, Summary summary) {}
