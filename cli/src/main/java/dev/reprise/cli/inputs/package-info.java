/** Where the inputs of a run come from: a recording, a safetensors file, or made up. */
@NullMarked
package dev.reprise.cli.inputs;

import org.jspecify.annotations.NullMarked;
