package dev.reprise.ort.capi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.testdata.ForkedJvm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledIfSystemProperty(named = NativeLayer.PROPERTY, matches = "off")
class SharedWeightsTest {
    private static final int WIDTH = 256;

    /** Odd, as ranges inside a model file are. */
    private static final long OFFSET = 13;

    @TempDir
    Path folder;

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final NativeLayer layer = NativeLayer.of(environment);

    @BeforeEach
    void writeWeights() throws IOException {
        write(folder.resolve("weights.bin"), OFFSET, WIDTH);
    }

    private static void write(Path file, long offset, int width) throws IOException {
        Random random = new Random(7);
        ByteBuffer bytes = ByteBuffer.allocate(width * width * Float.BYTES).order(ByteOrder.nativeOrder());
        while (bytes.hasRemaining()) {
            bytes.putFloat(random.nextFloat() - 0.5f);
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.write(bytes.flip(), offset);
        }
    }

    /** Opens sessions over one weight of 64 MB and prints by how much the process grew. */
    public static final class Growth {
        private static final int WIDE = 4096;
        private static final long BYTES = (long) WIDE * WIDE * Float.BYTES;

        public static void main(String[] args) throws Exception {
            boolean shared = args[0].equals("shared");
            int count = Integer.parseInt(args[1]);
            Path folder = Path.of(args[2]);
            OrtEnvironment environment = OrtEnvironment.getEnvironment();
            ModelProto model = SmallModels.matMul(WIDE, "wide.bin", 0);
            List<OrtSession> sessions = new ArrayList<>();
            long before = ForkedJvm.anonymousBytes();
            long filesBefore = ForkedJvm.fileBytes();
            try (SharedWeights weights = new SharedWeights(NativeLayer.of(environment), environment, folder)) {
                for (int i = 0; i < count; i++) {
                    try (OrtSession.SessionOptions options = options(folder)) {
                        sessions.add(
                                shared
                                        ? weights.open(model, options)
                                        : environment.createSession(model.toByteArray(), options));
                    }
                }
                System.gc();
                System.out.println("growth=" + (ForkedJvm.anonymousBytes() - before));
                System.out.println("files=" + (ForkedJvm.fileBytes() - filesBefore));
                for (OrtSession session : sessions) {
                    System.out.println("hash=" + Arrays.hashCode(SharedWeightsTest.run(session, WIDE)));
                    session.close();
                }
            }
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void fourSessionsTakeTheMemoryOfOne() throws Exception {
        write(folder.resolve("wide.bin"), 0, Growth.WIDE);

        List<String> one = new ForkedJvm().run(Growth.class, "shared", "1", folder.toString());
        List<String> four = new ForkedJvm().run(Growth.class, "shared", "4", folder.toString());
        List<String> apart = new ForkedJvm().run(Growth.class, "apart", "4", folder.toString());

        long oneBytes = ForkedJvm.numbers(one).get("growth");
        assertThat(ForkedJvm.numbers(four).get("growth")).isLessThan(oneBytes * 16 / 10);
        assertThat(ForkedJvm.numbers(apart).get("growth")).isGreaterThan(oneBytes * 3);
        // What was read of the file to be packed is not resident any more.
        assertThat(ForkedJvm.numbers(four).get("files")).isLessThan(Growth.BYTES / 2);
        assertThat(hashes(four))
                .hasSize(4)
                .allMatch(hash -> hash.equals(hashes(one).get(0)));
        assertThat(hashes(apart)).isEqualTo(hashes(four));
    }

    private static List<String> hashes(List<String> lines) {
        return lines.stream().filter(line -> line.startsWith("hash=")).toList();
    }

    @Test
    void sessionsShareAWeightAndGiveTheSameBits() throws Exception {
        ModelProto model = SmallModels.matMul(WIDTH, "weights.bin", OFFSET);
        try (SharedWeights weights = new SharedWeights(layer, environment, folder);
                OrtSession.SessionOptions options = options(folder);
                OrtSession.SessionOptions first = options(folder);
                OrtSession.SessionOptions second = options(folder);
                OrtSession plain = environment.createSession(model.toByteArray(), options);
                OrtSession one = weights.open(model, first);
                OrtSession other = weights.open(model, second)) {
            float[] expected = run(plain, WIDTH);

            assertThat(run(one, WIDTH)).isEqualTo(expected);
            assertThat(run(other, WIDTH)).isEqualTo(expected);
            assertThat(weights.size()).isEqualTo(1);
            assertThat(weights.bytes()).isEqualTo((long) WIDTH * WIDTH * Float.BYTES);
        }
    }

    @Test
    void aBodyWithAnInitializerOfTheSameNameKeepsItsOwn() throws Exception {
        write(folder.resolve("other.bin"), 0, WIDTH);
        ModelProto model = withBodyThatShadows();
        try (SharedWeights weights = new SharedWeights(layer, environment, folder);
                OrtSession.SessionOptions options = options(folder);
                OrtSession.SessionOptions shared = options(folder);
                OrtSession plain = environment.createSession(model.toByteArray(), options);
                OrtSession session = weights.open(model, shared)) {
            assertThat(weights.size()).isZero();
            assertThat(run(session, WIDTH)).isEqualTo(run(plain, WIDTH));
        }
    }

    /** {@code if (true) y = x · w}, where the body's {@code w} hides the graph's. */
    private static ModelProto withBodyThatShadows() {
        GraphProto.Builder body = GraphProto.newBuilder()
                .setName("body")
                .addInitializer(SmallModels.external("w", "other.bin", 0, WIDTH, WIDTH))
                .addNode(SmallModels.node("MatMul", "b", "x", "w"))
                .addOutput(SmallModels.matrix("b", WIDTH));
        GraphProto.Builder graph = SmallModels.matMul(WIDTH, "weights.bin", OFFSET).getGraph().toBuilder();
        graph.clearOutput()
                .addNode(SmallModels.node("ReduceMax", "highest", "y").toBuilder()
                        .addAttribute(AttributeProto.newBuilder()
                                .setName("keepdims")
                                .setType(AttributeProto.AttributeType.INT)
                                .setI(0)))
                .addNode(SmallModels.node("Equal", "true", "highest", "highest"))
                .addNode(SmallModels.node("If", "z", "true").toBuilder()
                        .addAttribute(branch("then_branch", body))
                        .addAttribute(branch("else_branch", body)))
                .addOutput(SmallModels.matrix("z", WIDTH));
        return SmallModels.model(graph);
    }

    private static AttributeProto branch(String name, GraphProto.Builder body) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.GRAPH)
                .setG(body)
                .build();
    }

    /** The optimizer moves the transpose behind the product and turns the table under its own name: as many heads as tokens hide that. */
    @Test
    void aTableThatTheOptimizerTurnsIsNotShared() throws Exception {
        int tokens = 64;
        ModelProto model = SmallModels.rotated(tokens, WIDTH, "weights.bin", OFFSET);
        try (SharedWeights weights = new SharedWeights(layer, environment, folder);
                OrtSession.SessionOptions options = options(folder);
                OrtSession.SessionOptions shared = options(folder);
                OrtSession plain = environment.createSession(model.toByteArray(), options);
                OrtSession session = weights.open(model, shared)) {
            assertThat(run(session, tokens * WIDTH, tokens)).isEqualTo(run(plain, tokens * WIDTH, tokens));
            assertThat(weights.size()).isZero();
        }
    }

    @Test
    void weightsOutsideTheFolderAreNotMapped() throws Exception {
        Path inner = Files.createDirectory(folder.resolve("inner"));
        Files.createSymbolicLink(inner.resolve("link.bin"), folder.resolve("weights.bin"));
        try (SharedWeights weights = new SharedWeights(layer, environment, inner)) {
            for (String location :
                    List.of("../weights.bin", folder.resolve("weights.bin").toString(), "link.bin")) {
                ModelProto model = SmallModels.matMul(WIDTH, location, OFFSET);
                try (OrtSession.SessionOptions options = options(inner)) {
                    assertThatThrownBy(() -> weights.open(model, options))
                            .as(location)
                            .isInstanceOf(OrtException.class);
                }
            }
            assertThat(weights.size()).isZero();
        }
    }

    @Test
    void weightsBeyondTheEndOfTheirFileAreOnnxRuntimesToReport() throws Exception {
        ModelProto model = SmallModels.matMul(WIDTH, "weights.bin", OFFSET + 1);
        try (SharedWeights weights = new SharedWeights(layer, environment, folder);
                OrtSession.SessionOptions options = options(folder)) {
            assertThatThrownBy(() -> weights.open(model, options)).isInstanceOf(OrtException.class);
            assertThat(weights.size()).isZero();
        }
    }

    private static OrtSession.SessionOptions options(Path folder) throws Exception {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(1);
        options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
        options.addConfigEntry("session.model_external_initializers_file_folder_path", folder.toString());
        return options;
    }

    private static float[] run(OrtSession session, int width) throws Exception {
        return run(session, width, 3);
    }

    private static float[] run(OrtSession session, int width, int rows) throws Exception {
        float[][] input = new float[rows][width];
        for (float[] row : input) {
            Arrays.fill(row, 0.25f);
            row[1] = 3;
        }
        try (OnnxTensor x = OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), input);
                OrtSession.Result result = session.run(Map.of("x", x))) {
            float[] values = new float[rows * width];
            ((OnnxTensor) result.get(0)).getFloatBuffer().get(values);
            return values;
        }
    }
}
