package dev.reprise.cli.command;

import dev.reprise.cache.forecast.Forecastings;
import dev.reprise.cache.indicator.Indicators;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cache.span.Spans;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/** Jars with policies and parts of others. {@value #VARIABLE} names them: jars, and folders with jars. */
public final class Plugins {
    private static final String VARIABLE = "REPRISE_PLUGINS";

    private final List<String> paths;

    private Plugins(List<String> paths) {
        this.paths = paths;
    }

    public static Plugins none() {
        return new Plugins(List.of());
    }

    /** Those that the environment names. */
    public static Plugins of(Map<String, String> environment) {
        String value = environment.getOrDefault(VARIABLE, "");
        return new Plugins(Stream.of(value.split(File.pathSeparator, -1))
                .filter(path -> !path.isBlank())
                .toList());
    }

    /**
     * Puts them behind this program's class path, for the whole process: the catalogues look for providers when they are first asked. They
     * are asked here, so that a provider that cannot be used is no surprise in the middle of a run.
     *
     * @throws CommandException when a path leads to no jar
     * @throws dev.reprise.cache.InvalidPolicyException when a provider cannot be used, or has a name that is taken
     */
    public void open() {
        if (paths.isEmpty()) {
            return;
        }
        List<URL> jars = new ArrayList<>();
        for (String path : paths) {
            jarsOf(Path.of(path)).forEach(jar -> jars.add(url(jar)));
        }
        Thread thread = Thread.currentThread();
        thread.setContextClassLoader(new URLClassLoader(jars.toArray(URL[]::new), thread.getContextClassLoader()));
        PolicyCatalogue.all();
        Indicators.all();
        Forecastings.all();
        Spans.all();
    }

    private static List<Path> jarsOf(Path path) {
        List<Path> jars = List.of(path);
        if (Files.isDirectory(path)) {
            try (Stream<Path> files = Files.list(path)) {
                jars = files.filter(file -> file.toString().endsWith(".jar"))
                        .sorted()
                        .toList();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        if (jars.isEmpty() || !Files.exists(path)) {
            throw CommandException.usage(VARIABLE + " must name jars or folders with jars, found "
                    + (jars.isEmpty() ? "none in " : "nothing at ") + path);
        }
        jars.forEach(Plugins::requireJar);
        return jars;
    }

    /** A class loader takes a damaged jar for an empty one. */
    private static void requireJar(Path path) {
        try (JarFile jar = new JarFile(path.toFile())) {
            jar.getManifest();
        } catch (IOException e) {
            throw CommandException.usage(VARIABLE + " names " + path + ", which is no jar: " + e.getMessage());
        }
    }

    private static URL url(Path jar) {
        try {
            return jar.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalStateException("a file without an address: " + jar, e);
        }
    }
}
