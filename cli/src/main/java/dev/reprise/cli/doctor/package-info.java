/**
 * {@code reprise doctor}: says what this machine has, what does not work and what helps. A record for each area holds what was found
 * and says what to note about it. Read {@link dev.reprise.cli.doctor.Diagnosis} first.
 */
@NullMarked
package dev.reprise.cli.doctor;

import org.jspecify.annotations.NullMarked;
