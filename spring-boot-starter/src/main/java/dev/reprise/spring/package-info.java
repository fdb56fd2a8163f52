/**
 * A cached model in an application of Spring. Read {@link dev.reprise.spring.ImageGenerator} first: it is what an application writes.
 * {@link dev.reprise.spring.queue.GenerationQueue} runs it, and {@code boot} makes both from properties.
 */
@NullMarked
package dev.reprise.spring;

import org.jspecify.annotations.NullMarked;
