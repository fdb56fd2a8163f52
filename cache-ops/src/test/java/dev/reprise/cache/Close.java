package dev.reprise.cache;

import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Offset;

/** How close float32 sums are. */
final class Close {
    static final Offset<Float> TO = within(1e-4f);

    private Close() {}
}
