/** Every policy at equal computed share on the trained models. Read {@link dev.reprise.benchmarks.frontier.Frontier} first. */
@NullMarked
package dev.reprise.benchmarks.frontier;

import org.jspecify.annotations.NullMarked;
