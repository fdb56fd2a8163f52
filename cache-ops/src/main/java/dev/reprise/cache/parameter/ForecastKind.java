package dev.reprise.cache.parameter;

/** How a value goes on from those of the last computed steps. */
public enum ForecastKind {
    /** It stays as it was. */
    LAST,
    /** A Taylor series of recursive differences. */
    TAYLOR,
    /** The polynomial through the last values. */
    LAGRANGE,
    /** FoCa's rule of slopes, as published. */
    FOCA
}
