/**
 * Times, memory and quality of a model that is run in several ways. Read {@link dev.reprise.cli.measure.SideBySide} and {@link
 * dev.reprise.cli.measure.StepTimes} first.
 */
@NullMarked
package dev.reprise.cli.measure;

import org.jspecify.annotations.NullMarked;
