package dev.reprise.cli.model;

import dev.reprise.ort.provider.ExecutionProvider;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Where a command runs models: {@code --provider} and {@code --threads}. */
public final class ProviderOptions {
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

    public int threads() {
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
