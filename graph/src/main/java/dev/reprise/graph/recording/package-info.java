/** Frozen runs and the safetensors files that hold them. Read {@link dev.reprise.graph.recording.Recording} first. */
@NullMarked
package dev.reprise.graph.recording;

import org.jspecify.annotations.NullMarked;
