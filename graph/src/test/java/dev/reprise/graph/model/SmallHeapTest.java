package dev.reprise.graph.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.graph.HeapTooSmallException;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.NodeProto;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reads in a process of its own, whose heap is far smaller than the model. */
class SmallHeapTest {
    @TempDir
    private Path folder;

    @Test
    void readsMoreThanTwoGigabytes() throws Exception {
        Path file = folder.resolve("big.onnx");
        long weight = 2_400_000_000L;
        ModelFiles.writeSparse(file, weight);

        assertThat(read(file, "-Xmx64m")).isEqualTo("1 node, weight of " + weight + " bytes in big.onnx");
    }

    /** As bytes both are small; the first fits the limit on bytes and not the heap, the second neither. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1500000 | the graph without its weights needs more heap than Java has \\(-Xmx\\)",
                "3000000 | what is left of the model without raw_data is larger than \\d+ MiB at offset \\d+, where 10 more bytes"
                        + " follow: the graph itself needs a larger heap \\(-Xmx\\)",
            })
    void saysThatTheGraphDoesNotFit(int nodes, String message) throws Exception {
        NodeProto empty = NodeProto.getDefaultInstance();
        Path file = Files.write(
                folder.resolve("nodes.onnx"),
                ModelFiles.model(GraphProto.newBuilder().addAllNode(Collections.nCopies(nodes, empty)))
                        .build()
                        .toByteArray());

        assertThat(read(file, "-Xmx80m")).matches(file.toRealPath() + ": " + message);
    }

    private static String read(Path file, String heap) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        heap,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Reader.class.getName(),
                        file.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        return output.strip();
    }

    /** What the process runs. */
    static final class Reader {
        public static void main(String[] args) {
            try {
                OnnxModel model = OnnxModel.read(Path.of(args[0]));
                WeightRange range = WeightRange.of(model.proto().getGraph().getInitializer(0));
                System.out.println(model.graph().nodes().size() + " node, weight of " + range.length() + " bytes in "
                        + range.location());
            } catch (HeapTooSmallException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
