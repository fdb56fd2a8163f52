/** Replays a recording and compares. Read {@code Replay} first. */
@NullMarked
package dev.reprise.verify.replay;

import org.jspecify.annotations.NullMarked;
