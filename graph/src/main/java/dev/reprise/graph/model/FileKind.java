package dev.reprise.graph.model;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Guesses from its first bytes what a file is that turned out not to be ONNX. */
final class FileKind {
    /** How many bytes from the start are enough for {@link #of}. */
    static final int HEAD = 512;

    /** Magic numbers as Latin-1 text, and what they stand for. */
    private static final String[][] MAGIC = {
        {"PK\3\4", "a zip archive (a PyTorch checkpoint, for example)"},
        {"\u0089PNG", "a PNG image"},
        {"\u00ff\u00d8\u00ff", "a JPEG image"},
        {"%PDF", "a PDF document"},
        {"GGUF", "a GGUF model"},
        {"\u0089HDF", "an HDF5 file (a Keras model, for example)"},
        {"\u001f\u008b", "a gzip archive"},
        {"\u0080\2", "a Python pickle (a PyTorch checkpoint, for example)"},
        {"\u0093NUMPY", "a NumPy array"},
        {"version https://git-lfs", "a Git LFS pointer: the model itself was not downloaded (git lfs pull)"},
        {"version https://git-xet", "a Git Xet pointer: the model itself was not downloaded"},
    };

    private FileKind() {}

    /** What the file looks like, with its article; null when it could be ONNX. */
    static @Nullable String of(byte[] head) {
        String text = new String(head, StandardCharsets.ISO_8859_1);
        for (String[] magic : MAGIC) {
            if (text.startsWith(magic[0])) {
                return magic[1];
            }
        }
        if (text.startsWith("ORTM", 4)) {
            return "a model in ONNX Runtime's own format (.ort); expected the .onnx file that it was made from";
        }
        if (text.startsWith("TFL3", 4)) {
            return "a TensorFlow Lite model";
        }
        // An 8-byte little-endian header length, then JSON.
        if (text.startsWith("\0\0{", 6)) {
            return "a safetensors file";
        }
        String start = text.stripLeading();
        if (start.startsWith("<")) {
            return "an HTML or XML document";
        }
        if (start.startsWith("{") || start.startsWith("[")) {
            return "a JSON document";
        }
        return isText(text) ? "a text file" : null;
    }

    private static boolean isText(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0x7f || (c < ' ' && c != '\n' && c != '\r' && c != '\t')) {
                return false;
            }
        }
        return !text.isEmpty();
    }
}
