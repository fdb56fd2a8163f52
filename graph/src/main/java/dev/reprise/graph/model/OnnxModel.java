package dev.reprise.graph.model;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.hash.Hashing;
import com.google.common.hash.HashingOutputStream;
import com.google.protobuf.CodedInputStream;
import dev.reprise.graph.Graph;
import dev.reprise.graph.HeapTooSmallException;
import dev.reprise.graph.InvalidModelException;
import dev.reprise.graph.onnx.ModelProto;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.ToLongFunction;

/**
 * A model file without its weights: they stay on disk as byte ranges, so that a model of any size fits on a small heap. Read
 * {@link #read} first.
 */
public final class OnnxModel {
    private final Path file;
    private final long sizeBytes;
    private final ModelProto proto;
    /** As read: what {@link #hash} identifies. */
    private final ModelProto stored;

    private final Graph graph;
    private final ImmutableSet<String> weightFiles;
    private final ImmutableList<String> warnings;

    private OnnxModel(
            Path file,
            long sizeBytes,
            ModelProto stored,
            ModelProto proto,
            ImmutableSet<String> weightFiles,
            ImmutableList<String> warnings) {
        this.file = file;
        this.sizeBytes = sizeBytes;
        this.stored = stored;
        this.proto = proto;
        this.graph = Graph.link(proto);
        this.weightFiles = weightFiles;
        this.warnings = warnings;
    }

    /**
     * Reads a model and checks that its weights are where it says.
     *
     * @param path the .onnx file; a symbolic link is followed first, external data is expected beside its target
     * @throws InvalidModelException when it is no usable model; one line says which file, where, what was expected and found
     */
    public static OnnxModel read(Path path) {
        if (!Files.exists(path)) {
            throw new InvalidModelException(path + ": no such file");
        }
        if (!Files.isRegularFile(path)) {
            throw new InvalidModelException(path + ": expected an ONNX file, found "
                    + (Files.isDirectory(path) ? "a folder" : "something that is no regular file"));
        }
        try {
            return readFile(path.toRealPath());
        } catch (AccessDeniedException e) {
            throw new InvalidModelException(path + ": permission denied", e);
        } catch (IOException e) {
            throw new InvalidModelException(path + ": cannot be read: " + e, e);
        }
    }

    private static OnnxModel readFile(Path file) throws IOException {
        try (WireFile in = new WireFile(file)) {
            if (in.size() == 0) {
                throw new InvalidModelException(file + ": the file is empty");
            }
            ModelProto proto = skeleton(in, file);
            ModelCheck check = new ModelCheck(sizes(Folder.of(parent(file))));
            try {
                check.check(proto);
                OnnxModel model = new OnnxModel(file, in.size(), proto, proto, check.weightFiles(), check.warnings());
                if (model.graph().outputs().isEmpty()) {
                    throw new InvalidModelException("the graph has no outputs: there is nothing to compute");
                }
                return model;
            } catch (InvalidModelException e) {
                throw new InvalidModelException(file + ": " + e.getMessage(), e);
            }
        }
    }

    private static ModelProto skeleton(WireFile in, Path file) throws IOException {
        SkeletonBuffer buffer = new SkeletonBuffer(file);
        try {
            new SkeletonScanner(in, buffer, name(file)).scan();
            ModelProto proto = parse(buffer, file);
            if (!proto.hasGraph()) {
                throw new InvalidModelException(file + ": not an ONNX model: it has no graph");
            }
            return proto;
        } catch (InvalidModelException e) {
            String kind = FileKind.of(in.head(FileKind.HEAD));
            throw kind == null ? e : new InvalidModelException(file + ": not an ONNX model: it looks like " + kind, e);
        }
    }

    private static ModelProto parse(SkeletonBuffer buffer, Path file) {
        CodedInputStream input = buffer.input();
        input.setRecursionLimit(SkeletonScanner.MAX_DEPTH);
        try {
            return ModelProto.parseFrom(input);
        } catch (IOException e) {
            throw new InvalidModelException(file + ": not a valid ONNX model: " + e.getMessage(), e);
        } catch (OutOfMemoryError e) {
            // Millions of empty messages take 2 bytes each in the file and 50 as objects: no limit on bytes bounds
            // that.
            throw new HeapTooSmallException(
                    file + ": the graph without its weights needs more heap than Java has (-Xmx)", e);
        }
    }

    /** The same file in another form, for instance with its functions inlined; weights and {@link #hash} stay those of the file. */
    public OnnxModel rewritten(ModelProto form) {
        return new OnnxModel(file, sizeBytes, stored, form, weightFiles, warnings);
    }

    /** The model as protobuf; content of tensors above 1 KiB is external, in this very file where it was inline. */
    public ModelProto proto() {
        return proto;
    }

    /** The main graph, linked. */
    public Graph graph() {
        return graph;
    }

    /** The folder that the names of {@link #weightFiles} and external locations resolve against. */
    public Path directory() {
        return parent(file);
    }

    /** Name of the model file in its {@link #directory}. */
    public String fileName() {
        return name(file);
    }

    /** Files that hold weights, in order of first use, as named by external locations; the model file itself among them. */
    public ImmutableSet<String> weightFiles() {
        return weightFiles;
    }

    /** Facts that may keep ONNX Runtime from opening the model: a newer IR version or operator set than it knows. */
    public ImmutableList<String> warnings() {
        return warnings;
    }

    /** Size of the model file, external weights not included. */
    public long sizeBytes() {
        return sizeBytes;
    }

    /** SHA-256 (hex) of {@link #proto()} as read: graph, names, attributes, metadata and where the weights are; computed on each call. */
    public String hash() {
        try (HashingOutputStream out = new HashingOutputStream(Hashing.sha256(), OutputStream.nullOutputStream())) {
            stored.writeTo(out);
            return out.hash().toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ToLongFunction<String> sizes(Folder folder) {
        return location -> {
            try {
                return Files.size(folder.file(location));
            } catch (IOException e) {
                throw new InvalidModelException("weight file '" + location + "' cannot be read: " + e, e);
            }
        };
    }

    private static Path parent(Path real) {
        return Objects.requireNonNull(real.getParent(), "a regular file has a parent");
    }

    private static String name(Path real) {
        return Objects.requireNonNull(real.getFileName(), "a regular file has a name")
                .toString();
    }
}
