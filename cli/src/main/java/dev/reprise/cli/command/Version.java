package dev.reprise.cli.command;

import java.util.Objects;
import picocli.CommandLine.IVersionProvider;

/** Of this program; {@code --version} prints it. */
public final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {"reprise " + text()};
    }

    public static String text() {
        return Objects.requireNonNullElse(Version.class.getPackage().getImplementationVersion(), "development");
    }
}
