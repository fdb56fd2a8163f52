/** Replays recordings and compares: a regression gate as a library. Read {@link dev.reprise.verify.Verification} first. */
@NullMarked
package dev.reprise.verify;

import org.jspecify.annotations.NullMarked;
