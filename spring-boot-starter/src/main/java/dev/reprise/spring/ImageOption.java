package dev.reprise.spring;

import java.util.Locale;

/** What a request may set besides its prompt. */
public enum ImageOption {
    NEGATIVE_PROMPT,
    STEPS,
    SEED,
    GUIDANCE,
    WIDTH,
    HEIGHT;

    /** As properties and JSON have it: {@code negative_prompt}. */
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }
}
