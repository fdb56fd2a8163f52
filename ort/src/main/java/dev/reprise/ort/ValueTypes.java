package dev.reprise.ort;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import ai.onnxruntime.TensorInfo;
import dev.reprise.graph.ElementType;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.ort.element.ElementTypes;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What ONNX Runtime infers about the inputs and outputs of a model. Reads no weight and runs nothing. */
public final class ValueTypes {
    /**
     * Type of one tensor.
     *
     * @param elementType null where ONNX Runtime's Java API has no name for it
     * @param shape −1 for what is open; empty for scalars and where the rank is unknown
     * @param dimensionNames names of the open dimensions, "" for fixed ones
     */
    public record ValueType(@Nullable ElementType elementType, List<Long> shape, List<String> dimensionNames) {}

    /** How ONNX Runtime says that no provider of a session has a kernel for an operator. */
    private static final Pattern NO_KERNEL =
            Pattern.compile("Could not find an implementation for (\\w+)\\(\\d+\\) node");

    private ValueTypes() {}

    /** The operator that the CPU provider has no kernel for, where that is why a model was refused; null where it is not. */
    public static @Nullable String operatorWithoutKernel(InvalidModelException refused) {
        Matcher reason = NO_KERNEL.matcher(String.valueOf(refused.getMessage()));
        return reason.find() ? reason.group(1) : null;
    }

    /**
     * Opens a model for that alone.
     *
     * @param name of the model, for messages
     * @param weights folder that external weights resolve against
     * @param dimensions values for open dimensions, by name
     * @return by name; what is no tensor is missing
     * @throws InvalidModelException when ONNX Runtime refuses the model, with its reason
     */
    public static Map<String, ValueType> infer(String name, byte[] model, Path weights, Map<String, Long> dimensions) {
        try (SessionOptions options = new SessionOptions()) {
            options.setOptimizationLevel(OptLevel.NO_OPT);
            options.setIntraOpNumThreads(1);
            options.setCPUArenaAllocator(false);
            options.addConfigEntry("session.disable_prepacking", "1");
            WeightFolder.resolve(weights, options);
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            for (Map.Entry<String, Long> dimension : dimensions.entrySet()) {
                options.setSymbolicDimensionValue(dimension.getKey(), dimension.getValue());
            }
            try (OrtSession session = OrtProcess.current().environment().createSession(model, options)) {
                Map<String, ValueType> types = new HashMap<>();
                collect(session.getInputInfo(), types);
                collect(session.getOutputInfo(), types);
                return types;
            }
        } catch (OrtException e) {
            throw new InvalidModelException(
                    name + ": ONNX Runtime does not accept the model: " + firstLine(e.getMessage()), e);
        }
    }

    private static void collect(Map<String, NodeInfo> nodes, Map<String, ValueType> types) {
        for (Map.Entry<String, NodeInfo> node : nodes.entrySet()) {
            if (node.getValue().getInfo() instanceof TensorInfo info) {
                String[] names = info.getDimensionNames();
                types.put(
                        node.getKey(),
                        new ValueType(
                                ElementTypes.of(info),
                                Arrays.stream(info.getShape()).boxed().toList(),
                                names == null ? List.of() : List.of(names)));
            }
        }
    }

    private static String firstLine(@Nullable String message) {
        return message == null ? "no reason given" : message.lines().findFirst().orElse("no reason given");
    }
}
