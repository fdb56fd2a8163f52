package org.example.pipeline;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** The export of testdata/export/pipeline_sd3.py, and what diffusers drew with it. */
final class Frozen {
    // Python writes infinity as -Infinity.
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();
    private static final float WHITE = 65535;

    private final JsonNode header;
    private final ByteBuffer data;

    private Frozen(JsonNode header, ByteBuffer data) {
        this.header = header;
        this.data = data;
    }

    static Frozen read() {
        try {
            ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(resource("sd3.safetensors")))
                    .order(ByteOrder.LITTLE_ENDIAN);
            byte[] header = new byte[(int) file.getLong()];
            file.get(header);
            return new Frozen(
                    new ObjectMapper().readTree(new String(header, StandardCharsets.UTF_8)),
                    file.slice().order(ByteOrder.LITTLE_ENDIAN));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Path resource(String name) {
        try {
            return Path.of(Frozen.class.getResource("/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static Path export() {
        return resource("sd3");
    }

    /** A copy to spoil. */
    static Path copy(Path target) {
        return copy(export(), target);
    }

    static Path copy(Path source, Path target) {
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.toList()) {
                Path place = target.resolve(source.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(place);
                } else {
                    Files.copy(file, place);
                }
            }
            return target;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same models in float16, with the tokenizers of the others. */
    static Path halfPrecision(Path target) {
        copy(resource("sd3-fp16"), target);
        for (String name : List.of("tokenizer", "tokenizer_2", "tokenizer_3")) {
            copy(export().resolve(name), target.resolve(name));
        }
        return target;
    }

    List<String> prompts() {
        return Stream.of(json("prompts"))
                .flatMap(array -> Stream.iterate(0, i -> i < array.size(), i -> i + 1)
                        .map(i -> array.get(i).asText()))
                .toList();
    }

    /** As diffusers' pipeline was called. */
    PictureRequest request(String name) {
        JsonNode request = json("requests").get(name);
        return PictureRequest.of(request.get("prompt").asText())
                .withNegativePrompt(request.path("negative_prompt").asText())
                .withGuidance(request.get("guidance_scale").asDouble())
                .withSteps(
                        Integer.parseInt(header.get("__metadata__").get("steps").asText()))
                .withLatents(floats("noise"));
    }

    /** As diffusers saves it. */
    String scheduler(String name) {
        return json("schedulers").get(name).toString().replace("\"-Infinity\"", "-Infinity");
    }

    private JsonNode json(String key) {
        try {
            return MAPPER.readTree(header.get("__metadata__").get(key).asText());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    float[] floats(String name) {
        float[] values = new float[bytes(name, "F32").remaining() / Float.BYTES];
        bytes(name, "F32").asFloatBuffer().get(values);
        return values;
    }

    /** Red, green and blue, [3, height, width], from 0 to 1. */
    float[] picture(String name) {
        ByteBuffer levels = bytes(name, "U16");
        float[] values = new float[levels.remaining() / Short.BYTES];
        for (int i = 0; i < values.length; i++) {
            values[i] = Short.toUnsignedInt(levels.getShort()) / WHITE;
        }
        return values;
    }

    /** Token ids of all prompts, one after the other. */
    int[] ids(String name) {
        int[] values = new int[bytes(name, "I32").remaining() / Integer.BYTES];
        bytes(name, "I32").asIntBuffer().get(values);
        return values;
    }

    private ByteBuffer bytes(String name, String type) {
        JsonNode tensor = header.get(name);
        if (!tensor.get("dtype").asText().equals(type)) {
            throw new IllegalStateException(name + " must be " + type + ", is " + tensor.get("dtype"));
        }
        int begin = tensor.get("data_offsets").get(0).asInt();
        int end = tensor.get("data_offsets").get(1).asInt();
        return data.slice(begin, end - begin).order(ByteOrder.LITTLE_ENDIAN);
    }
}
