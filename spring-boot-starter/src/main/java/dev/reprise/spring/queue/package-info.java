/** Generations one after another, as many at once as the machine bears. Read {@link dev.reprise.spring.queue.GenerationQueue}. */
@NullMarked
package dev.reprise.spring.queue;

import org.jspecify.annotations.NullMarked;
