/** {@code reprise tune}: finds the policy for a budget with a built-in sampler. Read {@link dev.reprise.cli.tune.TuneCommand} first. */
@NullMarked
package dev.reprise.cli.tune;

import org.jspecify.annotations.NullMarked;
