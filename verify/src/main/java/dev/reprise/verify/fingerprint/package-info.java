/**
 * What a model is made of and what its parts compute, small enough to keep beside a recording. Read {@link
 * dev.reprise.verify.fingerprint.Fingerprints} first.
 */
@NullMarked
package dev.reprise.verify.fingerprint;

import org.jspecify.annotations.NullMarked;
