package dev.reprise.cli.command;

import java.util.Objects;

/** Of this program. */
public final class Version {
    private Version() {}

    public static String text() {
        return Objects.requireNonNullElse(Version.class.getPackage().getImplementationVersion(), "development");
    }
}
