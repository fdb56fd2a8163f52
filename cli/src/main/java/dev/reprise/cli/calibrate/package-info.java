/**
 * {@code reprise calibrate}: parameters from measurements. Read {@link dev.reprise.cli.calibrate.CalibrationProbe} and {@link
 * dev.reprise.cli.calibrate.TargetSearch} first.
 */
@NullMarked
package dev.reprise.cli.calibrate;

import org.jspecify.annotations.NullMarked;
