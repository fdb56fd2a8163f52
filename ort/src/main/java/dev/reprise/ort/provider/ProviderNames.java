package dev.reprise.ort.provider;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the name of a provider: {@code cpu}, {@code cuda:1}, {@code webgpu}, {@code /opt/libprovider.so}. */
final class ProviderNames {
    private static final String EXPECTED =
            "provider must be cpu, cuda[:DEVICE], tensorrt[:DEVICE], webgpu or the path of a provider library, was ";

    private static final Pattern DEVICE = Pattern.compile("(.*?)(?::(\\d{1,9}))?");
    private static final Pattern LIBRARY = Pattern.compile(".*[/\\\\].*|.*\\.(?:so|dll|dylib)(?:\\.\\d+)*");
    private static final Pattern FILE_PREFIX_AND_ENDING = Pattern.compile("^lib|\\.(?:so|dll|dylib)(?:\\.\\d+)*$");

    private ProviderNames() {}

    static ExecutionProvider parse(String text) {
        Matcher parts = DEVICE.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException(EXPECTED + "'" + text + "'");
        }
        String name = parts.group(1);
        boolean hasDevice = parts.group(2) != null;
        int device = hasDevice ? Integer.parseInt(parts.group(2)) : 0;
        if (name.equals("cuda")) {
            return new CudaProvider(device, Map.of());
        }
        if (name.equals("tensorrt")) {
            return new TensorRtProvider(device, Map.of());
        }
        if (name.equals("cpu") && !hasDevice) {
            return new CpuProvider();
        }
        if (name.equals("webgpu") && !hasDevice) {
            return new WebGpuProvider(Map.of());
        }
        if (LIBRARY.matcher(name).matches()) {
            return plugin(name, device, text);
        }
        throw new IllegalArgumentException(EXPECTED + "'" + text + "'");
    }

    private static PluginProvider plugin(String path, int device, String text) {
        Path library;
        try {
            library = Path.of(path);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(EXPECTED + "'" + text + "'", e);
        }
        Path file = library.getFileName();
        String name = file == null
                ? ""
                : FILE_PREFIX_AND_ENDING.matcher(file.toString()).replaceAll("");
        if (name.isBlank()) {
            throw new IllegalArgumentException(EXPECTED + "'" + text + "'");
        }
        return new PluginProvider(name, library, device, Map.of());
    }
}
