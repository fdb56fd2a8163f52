package dev.reprise.ort.provider;

import ai.onnxruntime.OrtException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an error of ONNX Runtime means for an execution provider, in one line. The dynamic linker names the first library that is
 * missing only, so all of them are looked for.
 */
public final class ProviderFailure {
    private static final Pattern CODE = Pattern.compile("^Error code - \\w+ - message: *");

    /** Where in ONNX Runtime's source an error arose: {@code /onnxruntime_src/…cc:1988 …[ONNXRuntimeError] : 1 : FAIL : }. */
    private static final Pattern SOURCE = Pattern.compile(
            "^\\S+\\.(?:cc|h|cpp):\\d+ .*?(?:ONNXRuntimeError] : \\d+ : \\w+ : |was false\\. |(?=CUDA failure))");

    private static final Pattern NOT_LOADED =
            Pattern.compile("Failed to load library (.+?) with error: (.+)", Pattern.DOTALL);

    private static final Pattern NOT_COMPILED_IN = Pattern.compile(
            "Failed to find \\w+ shared provider|is not (?:supported|enabled) in this build|was not built with");

    private static final Pattern NO_SUCH_DEVICE =
            Pattern.compile("invalid device ordinal|CUDA failure 101|[Ii]nvalid device ?[Ii][Dd]");

    private ProviderFailure() {}

    /** The exception for a provider that ONNX Runtime refused. */
    public static ProviderUnavailableException of(ExecutionProvider provider, OrtException error) {
        return of(provider, error, DynamicLinker.ofProcess());
    }

    static ProviderUnavailableException of(ExecutionProvider provider, OrtException error, DynamicLinker linker) {
        String said = plain(String.valueOf(error.getMessage()));
        String advice = "it needs " + provider.needs();
        String reason = said;
        Matcher notLoaded = NOT_LOADED.matcher(said);
        if (NOT_COMPILED_IN.matcher(said).find()) {
            reason = provider.isCompiledIn()
                    ? "its library is not among those of the ONNX Runtime of this process"
                    : "the ONNX Runtime of this process does not have it";
        } else if (notLoaded.find()) {
            List<String> missing = linker.missing(Path.of(notLoaded.group(1)));
            reason = missing.isEmpty()
                    ? notLoaded.group(2).strip()
                    : "libraries not found: " + String.join(", ", missing);
        } else if (said.contains("Failed to get symbol")) {
            reason = "it is no provider library: " + said;
        } else if (NO_SUCH_DEVICE.matcher(said).find()) {
            reason = "there is no such device: " + said;
            advice = "choose a device that exists";
        }
        return new ProviderUnavailableException(provider, reason, advice, error);
    }

    /** Without the error code and the place in ONNX Runtime's source. */
    private static String plain(String message) {
        String text = CODE.matcher(message).replaceFirst("");
        return SOURCE.matcher(text).replaceFirst("").strip();
    }
}
