/** Cache policies and their tensor arithmetic as ONNX fragments. */
@NullMarked
package dev.reprise.cache;

import org.jspecify.annotations.NullMarked;
