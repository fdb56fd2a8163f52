/**
 * What ONNX Runtime can do and its Java package does not offer: one arena for all sessions, shared packed weights, bound runs.
 *
 * <p>Calls functions of ONNX Runtime's C API in the library that the Java package loaded, on the native objects behind the Java
 * ones. Read {@link dev.reprise.ort.capi.NativeLayer} first: it says whether that works in this process. Nothing else here may be
 * used where it does not, and everything in Reprise works without it.
 */
@NullMarked
package dev.reprise.ort.capi;

import org.jspecify.annotations.NullMarked;
