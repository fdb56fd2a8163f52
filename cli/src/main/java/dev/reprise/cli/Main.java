package dev.reprise.cli;

import dev.reprise.cli.command.Plugins;
import dev.reprise.cli.command.Terminal;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/** Entry point of the reprise command. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        // Pictures are drawn to files, never to a screen.
        System.setProperty("java.awt.headless", "true");
        // UTF-8 whatever the platform says: names in models are UTF-8, and JSON must be.
        PrintWriter out = new PrintWriter(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        int exitCode = Reprise.run(Terminal.ofProcess(), Plugins.of(System.getenv()), out, err, args);
        out.flush();
        err.flush();
        System.exit(exitCode);
    }
}
