package dev.reprise.optimizer.cut;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.StringStringEntryProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Takes out of a segment what an exporter wrote about the machine that it ran on.
 *
 * <pre>
 * before  MatMul  namespace ": Model/attn1: Attention"
 *                 pkg.torch.onnx.stack_trace "File "/home/me/attention.py", line 92"
 *                 doc_string "/home/me/attention.py(92)"
 * after   MatMul  namespace ": Model/attn1: Attention"
 * </pre>
 *
 * Subgraphs, functions and weights are treated like nodes. Module paths stay, to be seen in a model viewer. All other metadata goes,
 * so that what exporters add later cannot leak either.
 */
final class Provenance {
    private static final String MODULE_PATH = "namespace";

    private Provenance() {}

    static ModelProto removedFrom(ModelProto model) {
        return (ModelProto) bare(model);
    }

    /** The same object where there is nothing to remove. */
    private static Message bare(Message message) {
        Message.Builder changed = null;
        for (Map.Entry<FieldDescriptor, Object> entry : message.getAllFields().entrySet()) {
            FieldDescriptor field = entry.getKey();
            if (field.getName().equals("doc_string")) {
                changed = builder(changed, message).clearField(field);
                continue;
            }
            Object value = entry.getValue();
            Object kept = value;
            if (field.getName().equals("metadata_props")) {
                kept = modulePaths((List<?>) value);
            } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
                kept = value instanceof List<?> elements ? bare(elements) : bare((Message) value);
            }
            if (kept != value) {
                changed = builder(changed, message).setField(field, kept);
            }
        }
        return changed == null ? message : changed.build();
    }

    private static List<?> bare(List<?> messages) {
        List<Message> kept = new ArrayList<>(messages.size());
        boolean same = true;
        for (Object message : messages) {
            Message bare = bare((Message) message);
            same &= bare == message;
            kept.add(bare);
        }
        return same ? messages : kept;
    }

    private static List<?> modulePaths(List<?> metadata) {
        List<?> paths = metadata.stream()
                .filter(entry -> ((StringStringEntryProto) entry).getKey().equals(MODULE_PATH))
                .toList();
        return paths.size() == metadata.size() ? metadata : paths;
    }

    private static Message.Builder builder(Message.@Nullable Builder started, Message message) {
        return started == null ? message.toBuilder() : started;
    }
}
