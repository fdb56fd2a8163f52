/** Makes recordings. Read {@code RecordingRun} first. */
@NullMarked
package dev.reprise.verify.record;

import org.jspecify.annotations.NullMarked;
