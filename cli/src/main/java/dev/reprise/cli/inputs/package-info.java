/**
 * Where the inputs of a run come from (a recording, a safetensors file, or generated), and the denoising loop over them. Read {@link
 * dev.reprise.verify.run.Playback} first.
 */
@NullMarked
package dev.reprise.cli.inputs;

import org.jspecify.annotations.NullMarked;
