/** What a queue does, for people and tools that watch: health, Micrometer. */
@NullMarked
package dev.reprise.spring.monitor;

import org.jspecify.annotations.NullMarked;
