package dev.reprise.cli.doctor;

import dev.reprise.ort.Installation;
import dev.reprise.ort.provider.CpuProvider;
import dev.reprise.ort.provider.Device;
import dev.reprise.ort.provider.ExecutionProvider;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * ONNX Runtime.
 *
 * @param version null where it does not start
 * @param startFailure why it does not start, null where it does
 * @param jars of the class path that have it
 * @param providers what its sessions may run on, those that the user asks about first
 * @param devices what the providers offer here
 * @param nativeLayer whether its C API can be called
 * @param nativeDescription through what, or why not
 * @param poolThreads threads of the pool that all sessions share, null where there is none
 */
record OrtFacts(
        @Nullable String version,
        @Nullable String startFailure,
        List<String> jars,
        List<ProviderFacts> providers,
        List<Device> devices,
        boolean nativeLayer,
        String nativeDescription,
        @Nullable Integer poolThreads) {
    OrtFacts {
        jars = List.copyOf(jars);
        providers = List.copyOf(providers);
        devices = List.copyOf(devices);
    }

    /**
     * Starts ONNX Runtime and tries its providers.
     *
     * @param requested providers that the user asks about
     */
    static OrtFacts find(List<ExecutionProvider> requested, int threads) {
        List<String> jars = Installation.jars();
        Installation installation;
        try {
            installation = Installation.start(threads);
        } catch (IllegalStateException | LinkageError e) {
            return new OrtFacts(
                    null, rootMessage(e), jars, List.of(), List.of(), false, "ONNX Runtime does not start", null);
        }
        List<ProviderFacts> providers = new ArrayList<>();
        requested.forEach(provider -> providers.add(ProviderFacts.find(installation, provider, true)));
        for (ExecutionProvider provider : Installation.PROVIDERS) {
            // A request for another device replaces the usual one.
            if (requested.stream().noneMatch(other -> other.getClass() == provider.getClass())) {
                boolean isCpu = provider instanceof CpuProvider;
                providers.add(ProviderFacts.find(installation, provider, isCpu));
            }
        }
        return new OrtFacts(
                installation.version(),
                null,
                jars,
                providers,
                installation.devices(),
                installation.nativeLayer().isAvailable(),
                installation.nativeLayer().description(),
                installation.poolThreads().isPresent()
                        ? installation.poolThreads().getAsInt()
                        : null);
    }

    private static String rootMessage(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }

    List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        if (startFailure != null) {
            findings.add(Finding.error(
                    "onnxruntime", "ONNX Runtime does not start: " + startFailure, StartFailure.advice(startFailure)));
        }
        if (jars.size() > 1) {
            findings.add(Finding.error(
                    "onnxruntime",
                    "ONNX Runtime is on the class path " + jars.size() + " times: " + String.join(", ", jars),
                    "keep one of them: exclude onnxruntime where onnxruntime_gpu is wanted"));
        }
        providers.forEach(provider -> provider.finding().ifPresent(findings::add));
        if (startFailure == null && !nativeLayer) {
            findings.add(Finding.warning(
                    "native_layer",
                    "ONNX Runtime's C API is not used: " + nativeDescription
                            + "; sessions share neither an arena nor weights",
                    "put net.java.dev.jna:jna on the class path and leave -Dreprise.native unset"));
        }
        return findings;
    }
}
