package dev.reprise.graph.model;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.WireFormat;
import dev.reprise.graph.onnx.AttributeProto;
import dev.reprise.graph.onnx.FunctionProto;
import dev.reprise.graph.onnx.GraphProto;
import dev.reprise.graph.onnx.ModelProto;
import dev.reprise.graph.onnx.NodeProto;
import dev.reprise.graph.onnx.SparseTensorProto;
import dev.reprise.graph.onnx.TensorProto;
import dev.reprise.graph.onnx.TrainingInfoProto;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Copies a model's protobuf field by field, unknown ones included and in their order, and turns big {@code raw_data} into the
 * byte range where it already is:
 *
 * <pre>
 * initializer { dims, data_type, name, raw_data: 40 MB }
 *   → initializer { dims, data_type, name, data_location: EXTERNAL, external_data { location, offset, length } }
 * </pre>
 */
final class SkeletonScanner {
    /** Raw data up to this size stays inline: a range would cost nearly as much, and shape arithmetic wants the values. */
    static final int INLINE_BYTES = 1024;

    /** Nested messages, as deep as protobuf's own default allows. */
    static final int MAX_DEPTH = 100;

    /** The messages on the way to a tensor; everything else is copied without looking inside. */
    private static final Set<Descriptor> ENTERED = Set.of(
            GraphProto.getDescriptor(),
            NodeProto.getDescriptor(),
            AttributeProto.getDescriptor(),
            SparseTensorProto.getDescriptor(),
            FunctionProto.getDescriptor(),
            TrainingInfoProto.getDescriptor(),
            TensorProto.getDescriptor());

    /** Content that no byte range can refer to. */
    private static final Set<Integer> TYPED_DATA = Set.of(
            TensorProto.FLOAT_DATA_FIELD_NUMBER,
            TensorProto.INT32_DATA_FIELD_NUMBER,
            TensorProto.STRING_DATA_FIELD_NUMBER,
            TensorProto.INT64_DATA_FIELD_NUMBER,
            TensorProto.DOUBLE_DATA_FIELD_NUMBER,
            TensorProto.UINT64_DATA_FIELD_NUMBER);

    private final WireFile in;
    private final SkeletonBuffer out;
    private final String location;

    /** @param location name under which the skeleton refers to the scanned file itself */
    SkeletonScanner(WireFile in, SkeletonBuffer out, String location) {
        this.in = in;
        this.out = out;
        this.location = location;
    }

    void scan() throws IOException {
        message(ModelProto.getDescriptor(), in.size(), 1);
    }

    private void message(Descriptor type, long end, int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            throw in.malformed(in.position(), "messages are nested deeper than " + MAX_DEPTH + " levels");
        }
        while (in.position() < end) {
            long start = in.position();
            int tag = tag(end);
            FieldDescriptor field = type.findFieldByNumber(WireFormat.getTagFieldNumber(tag));
            if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED && isEntered(field)) {
                long length = length(type, field, end);
                long contentEnd = in.position() + length;
                out.varint(tag, start);
                int begin = out.begin(start);
                if (field.getMessageType().equals(TensorProto.getDescriptor())) {
                    tensor(contentEnd);
                } else {
                    message(field.getMessageType(), contentEnd, depth + 1);
                }
                out.end(begin);
            } else {
                copy(start, skip(type, field, tag, end));
            }
        }
    }

    private void tensor(long end) throws IOException {
        Descriptor type = TensorProto.getDescriptor();
        long rawStart = 0;
        long rawData = 0;
        long rawEnd = 0;
        boolean external = false;
        List<long[]> entries = new ArrayList<>();
        while (in.position() < end) {
            long start = in.position();
            int tag = tag(end);
            int number = WireFormat.getTagFieldNumber(tag);
            long content = in.position();
            long fieldEnd = skip(type, type.findFieldByNumber(number), tag, end);
            boolean delimited = WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
            if (delimited && number == TensorProto.RAW_DATA_FIELD_NUMBER) {
                // The last one counts, as in every protobuf parser.
                in.seek(content);
                rawStart = start;
                rawEnd = fieldEnd;
                rawData = fieldEnd - in.varint(fieldEnd);
                in.seek(fieldEnd);
            } else if (delimited && number == TensorProto.EXTERNAL_DATA_FIELD_NUMBER) {
                entries.add(new long[] {start, fieldEnd});
            } else {
                if (!delimited && number == TensorProto.DATA_LOCATION_FIELD_NUMBER) {
                    in.seek(content);
                    external = in.varint(fieldEnd) == TensorProto.DataLocation.EXTERNAL_VALUE;
                } else if (TYPED_DATA.contains(number)) {
                    out.announceWeights(fieldEnd - content);
                }
                copy(start, fieldEnd);
            }
        }
        long rawLength = rawEnd - rawData;
        if (external && rawLength > 0) {
            throw in.malformed(rawStart, "a tensor has both raw_data and data_location EXTERNAL");
        }
        if (rawLength > INLINE_BYTES) {
            // Entries that a loader left behind mean nothing without data_location EXTERNAL, and would now.
            WeightRange range = new WeightRange(location, rawData, rawLength);
            out.content(range.applyTo(TensorProto.newBuilder()).build(), rawData);
        } else {
            for (long[] entry : entries) {
                copy(entry[0], entry[1]);
            }
            copy(rawStart, rawEnd);
        }
        in.seek(end);
    }

    private static boolean isEntered(@Nullable FieldDescriptor field) {
        return field != null
                && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
                && ENTERED.contains(field.getMessageType());
    }

    private int tag(long end) throws IOException {
        long start = in.position();
        long tag = in.varint(end);
        if (tag >>> 32 != 0 || tag >>> 3 == 0) {
            throw in.malformed(start, "expected a protobuf field, found the number " + Long.toUnsignedString(tag));
        }
        return (int) tag;
    }

    /** Moves behind a field whose tag has been read. */
    private long skip(Descriptor type, @Nullable FieldDescriptor field, int tag, long end) throws IOException {
        long start = in.position();
        long length;
        switch (WireFormat.getTagWireType(tag)) {
            case WireFormat.WIRETYPE_VARINT -> {
                in.varint(end);
                return in.position();
            }
            case WireFormat.WIRETYPE_FIXED64 -> length = 8;
            case WireFormat.WIRETYPE_FIXED32 -> length = 4;
            case WireFormat.WIRETYPE_LENGTH_DELIMITED -> length = length(type, field, end);
            default ->
                throw in.malformed(
                        start,
                        "expected a protobuf field of " + type.getName() + ", found wire type "
                                + WireFormat.getTagWireType(tag));
        }
        if (length > end - in.position()) {
            throw in.malformed(start, "expected " + length + " bytes, found the end of " + in.surroundings(end));
        }
        in.seek(in.position() + length);
        return in.position();
    }

    private long length(Descriptor type, @Nullable FieldDescriptor field, long end) throws IOException {
        long start = in.position();
        long length = in.varint(end);
        if (length < 0 || length > end - in.position()) {
            String name = field == null ? "unknown field" : field.getName();
            throw in.malformed(
                    start,
                    name + " of " + type.getName() + " should be " + Long.toUnsignedString(length)
                            + " bytes long, found " + (end - in.position()) + " up to the end of "
                            + in.surroundings(end));
        }
        return length;
    }

    private void copy(long start, long end) throws IOException {
        in.seek(start);
        in.copy(end - start, out);
    }
}
