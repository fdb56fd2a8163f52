package dev.reprise.optimizer.paths;

import com.google.common.base.Splitter;
import dev.reprise.graph.ModulePath;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.NodeProtoOrBuilder;
import dev.reprise.graph.onnx.StringStringEntryProto;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the module path that an exporter left on one node.
 *
 * <pre>
 * TorchScript  node name   /transformer_blocks.0/attn1/to_out.0/MatMul            → transformer_blocks.0.attn1.to_out.0
 * dynamo       metadata    ['', 'transformer_blocks.0', …, 'transformer_blocks.0.attn.to_q', 'linear_5']
 *                                                                                 → transformer_blocks.0.attn.to_q
 * optimized    value name  /transformer_blocks.0/attn1/to_q/Add_output_0          → transformer_blocks.0.attn1.to_q
 * </pre>
 */
public final class ScopeReader {
    public static final String NAME_SCOPES = "pkg.torch.onnx.name_scopes";
    static final String CLASS_HIERARCHY = "pkg.torch.onnx.class_hierarchy";

    /** How dynamo spells modules that it reached through a slice of a list: {@code __dict__['_modules']['blocks'].0}. */
    private static final Pattern PRIVATE_ACCESS = Pattern.compile("__dict__\\['_modules'\\]\\['([^']*)'\\]");

    /** A dot that is not before an index: TorchScript writes list entries as {@code blocks.0}. */
    private static final Pattern PATH_DOT = Pattern.compile("\\.(?!\\d+(\\.|$))");

    private static final Splitter SLASH = Splitter.on('/');
    /** What an optimizer puts in front of the name of a node that it replaces: {@code NhwcConv_3-/down_blocks.0/…}. */
    private static final Pattern REPLACED = Pattern.compile("^\\w+-(?=/)");
    /** What TorchScript calls the values that a node writes, behind the node's scope. */
    private static final Pattern VALUE = Pattern.compile("[A-Z]\\w*_output_\\d+");

    private ScopeReader() {}

    /** The path from dynamo's metadata, null where the node has none. */
    public static @Nullable ModulePath fromMetadata(NodeProtoOrBuilder node) {
        String scopes = metadata(node, NAME_SCOPES);
        if (scopes == null) {
            return null;
        }
        List<String> names = pythonStrings(scopes);
        return names.size() < 2
                ? ModulePath.ROOT
                : ModulePath.of(
                        PRIVATE_ACCESS.matcher(names.get(names.size() - 2)).replaceAll("$1"));
    }

    /** The Python class of the module that the path names, null where unknown. */
    static @Nullable String className(NodeProtoOrBuilder node) {
        String classes = metadata(node, CLASS_HIERARCHY);
        if (classes == null) {
            return null;
        }
        List<String> names = pythonStrings(classes);
        return names.size() < 2 ? null : names.get(names.size() - 2);
    }

    /** The path of a node from metadata or else from names, null where neither has one. */
    public static @Nullable ModulePath of(NodeProto node) {
        ModulePath path = fromMetadata(node);
        return path == null ? fromNames(node) : path;
    }

    /** Makes {@link #fromMetadata} read this path; the class stays. */
    public static void setMetadata(NodeProto.Builder node, ModulePath path) {
        String quoted = path.dotted().replace("\\", "\\\\").replace("'", "\\'");
        clearMetadata(node, NAME_SCOPES);
        node.addMetadataProps(
                StringStringEntryProto.newBuilder().setKey(NAME_SCOPES).setValue("['', '" + quoted + "', '']"));
    }

    /** Copies a node's module in metadata to another node. Where the first has none, the second has none afterwards. */
    public static void copyMetadata(NodeProto from, NodeProto.Builder to) {
        for (String key : List.of(NAME_SCOPES, CLASS_HIERARCHY)) {
            clearMetadata(to, key);
            String value = metadata(from, key);
            if (value != null) {
                to.addMetadataProps(
                        StringStringEntryProto.newBuilder().setKey(key).setValue(value));
            }
        }
    }

    private static void clearMetadata(NodeProto.Builder node, String key) {
        for (int i = node.getMetadataPropsCount() - 1; i >= 0; i--) {
            if (node.getMetadataProps(i).getKey().equals(key)) {
                node.removeMetadataProps(i);
            }
        }
    }

    private static @Nullable String metadata(NodeProtoOrBuilder node, String key) {
        for (StringStringEntryProto entry : node.getMetadataPropsList()) {
            if (entry.getKey().equals(key)) {
                return entry.getValue();
            }
        }
        return null;
    }

    /** The path from a TorchScript node name, or from the name of a value that such a node made; null where neither has one. */
    public static @Nullable ModulePath fromNames(NodeProtoOrBuilder node) {
        String operator = node.getOpType();
        ModulePath path = fromScope(node.getName(), last -> last.equals(operator) || last.startsWith(operator + "_"));
        for (int i = 0; path == null && i < node.getOutputCount(); i++) {
            path = fromScope(node.getOutput(i), last -> VALUE.matcher(last).matches());
        }
        return path;
    }

    /**
     * As {@link #fromSlashes}. Where a model overrides {@code __call__} the first slash is missing; then the last part must look as
     * TorchScript writes it: {@code blocks.0/attn/MatMul_1}.
     */
    private static @Nullable ModulePath fromScope(String given, Predicate<String> isLast) {
        String name = REPLACED.matcher(given).replaceFirst("");
        int slash = name.lastIndexOf('/');
        return slash > 0 && name.charAt(0) != '/' && isLast.test(name.substring(slash + 1))
                ? fromSlashes("/" + name)
                : fromSlashes(name);
    }

    /** The path in a name such as {@code /blocks.0/attn/MatMul}, its last part left out; null where it does not start with a slash. */
    public static @Nullable ModulePath fromSlashes(String name) {
        if (!name.startsWith("/")) {
            return null;
        }
        List<String> parts = SLASH.splitToList(name);
        StringBuilder path = new StringBuilder();
        String previous = "";
        for (String part : parts.subList(1, parts.size() - 1)) {
            // A called Sequential adds its own level: blocks/blocks.0 is blocks.0.
            if (!previous.isEmpty() && part.startsWith(previous + ".")) {
                path.setLength(path.length() - previous.length());
            } else if (path.length() > 0) {
                path.append('.');
            }
            path.append(part);
            previous = part;
        }
        return ModulePath.of(path.toString());
    }

    /** A name that {@link #fromSlashes} reads as this path. */
    public static String toSlashes(ModulePath path, String last) {
        if (path.isRoot()) {
            return "/" + last;
        }
        String name = "/" + PATH_DOT.matcher(path.dotted()).replaceAll("/") + "/" + last;
        // A list in a module of its own name would read as a called Sequential: net.net.0.
        return path.equals(fromSlashes(name)) ? name : "/" + path + "/" + last;
    }

    /** The strings of a Python list literal such as {@code ['a', "b"]}. */
    static List<String> pythonStrings(String list) {
        List<String> strings = new ArrayList<>();
        int at = 0;
        while (at < list.length()) {
            char quote = list.charAt(at++);
            if (quote != '\'' && quote != '"') {
                continue;
            }
            StringBuilder string = new StringBuilder();
            while (at < list.length() && list.charAt(at) != quote) {
                if (list.charAt(at) == '\\' && at + 1 < list.length()) {
                    at++;
                }
                string.append(list.charAt(at++));
            }
            at++;
            strings.add(string.toString());
        }
        return strings;
    }
}
