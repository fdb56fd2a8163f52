/** What is run and with what: inputs of every step, policies, models that are cut first. Read {@code Playback} first. */
@NullMarked
package dev.reprise.verify.run;

import org.jspecify.annotations.NullMarked;
