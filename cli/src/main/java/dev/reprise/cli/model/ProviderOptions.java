package dev.reprise.cli.model;

import dev.reprise.cli.command.CommandException;
import dev.reprise.cli.command.Screen;
import dev.reprise.ort.Installation;
import dev.reprise.ort.provider.ExecutionProvider;
import dev.reprise.ort.provider.ProviderChoice;
import dev.reprise.runtime.api.SessionSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Where a command runs models: {@code --provider} and {@code --threads}. */
public final class ProviderOptions {
    private static final int MOST_THREADS = 1024;

    @Option(
            names = "--provider",
            paramLabel = "PROVIDER",
            split = ",",
            converter = Reader.class,
            description = {
                "Where the model runs: cpu, cuda[:DEVICE], tensorrt[:DEVICE], webgpu or the path of a provider library."
                        + " Several, separated by commas: the first that can be used. Default: cpu"
            })
    private List<ExecutionProvider> providers = List.of();

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "0",
            description = "Threads of one operator; 0 for one per core. Default: ${DEFAULT-VALUE}")
    private int threads;

    /** The providers that were named, in order; none where the default serves. */
    public List<ExecutionProvider> requested() {
        return List.copyOf(providers);
    }

    /** Threads of one operator, 0 for one per core. */
    public int threads() {
        return requireThreads(threads);
    }

    /**
     * Settings to run models with. Generations share nothing: commands measure each one by itself. Call this before a model is cut: ONNX
     * Runtime's thread pool is made here, as large as was asked for, and a provider that cannot be used fails at once.
     */
    public SessionSettings settings(Screen screen) {
        int count = threads();
        Installation installation = Installation.start(count);
        SessionSettings settings = SessionSettings.cpu();
        if (!providers.isEmpty()) {
            ProviderChoice choice = ProviderChoice.of(providers, installation::require);
            choice.warnings().forEach(screen::warn);
            settings = SessionSettings.on(choice.provider());
        }
        return settings.withThreads(count).withoutSharedCache();
    }

    /** The same options, for another process. */
    public List<String> arguments() {
        List<String> arguments = new ArrayList<>(List.of("--threads", Integer.toString(threads)));
        if (!providers.isEmpty()) {
            String names = providers.stream().map(ExecutionProvider::name).collect(Collectors.joining(","));
            arguments.addAll(List.of("--provider", names));
        }
        return arguments;
    }

    private static int requireThreads(int threads) {
        if (threads < 0 || threads > MOST_THREADS) {
            throw CommandException.usage("--threads must be in [0, " + MOST_THREADS + "], was " + threads);
        }
        return threads;
    }

    private static final class Reader implements ITypeConverter<ExecutionProvider> {
        @Override
        public ExecutionProvider convert(String value) {
            try {
                return ExecutionProvider.parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
