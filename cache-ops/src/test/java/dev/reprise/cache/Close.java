package dev.reprise.cache;

import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Offset;

/** How close float32 sums are. */
public final class Close {
    public static final Offset<Float> TO = within(1e-4f);

    private Close() {}
}
