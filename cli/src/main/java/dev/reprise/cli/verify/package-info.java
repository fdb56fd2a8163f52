/** {@code reprise verify}: replays a recording and compares. Read {@link dev.reprise.verify.replay.Replay} first. */
@NullMarked
package dev.reprise.cli.verify;

import org.jspecify.annotations.NullMarked;
