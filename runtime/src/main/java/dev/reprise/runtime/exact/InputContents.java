package dev.reprise.runtime.exact;

import dev.reprise.graph.ElementType;
import dev.reprise.ort.CountedTensor;
import dev.reprise.runtime.session.LoadedModel;
import dev.reprise.runtime.tensor.CacheBudget;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gives model inputs versions by content. Callers reuse buffers and tensors, so identity says nothing: each content is kept as a
 * private copy and compared. Bits are compared, not numbers: −0 is not 0.
 */
final class InputContents {
    private final LoadedModel model;
    private final CacheBudget budget;

    InputContents(LoadedModel model, CacheBudget budget) {
        this.model = model;
        this.budget = budget;
    }

    /** A content that was seen. */
    static final class Content {
        private final ByteBuffer bytes;
        private final ElementType elementType;
        private final long[] shape;
        private final long version;
        private int users;

        private Content(ByteBuffer bytes, CountedTensor tensor, long version) {
            this.bytes = bytes;
            this.elementType = tensor.elementType();
            this.shape = tensor.shape();
            this.version = version;
        }

        long version() {
            return version;
        }

        private boolean equal(CountedTensor tensor, ByteBuffer content) {
            return elementType == tensor.elementType() && tensor.hasShape(shape) && bytes.mismatch(content) < 0;
        }
    }

    /**
     * The version of an input's content, a new one when neither this context nor another one has it.
     *
     * @param own what this context saw last, by input; updated
     * @param all the same of every context
     */
    long version(CountedTensor tensor, int input, @Nullable Content[] own, List<@Nullable Content[]> all) {
        if (tensor.version() == 0) {
            tensor.version(find(tensor, input, own, all));
        }
        return tensor.version();
    }

    private long find(CountedTensor tensor, int input, @Nullable Content[] own, List<@Nullable Content[]> all) {
        if (tensor.elementType() == ElementType.STRING || tensor.bytes() > Integer.MAX_VALUE - 8) {
            return model.nextVersion();
        }
        // A copy on the heap; when the content is new, it becomes the private copy.
        ByteBuffer content = tensor.tensor().getByteBuffer();
        Content before = own[input];
        if (before != null && before.equal(tensor, content)) {
            return before.version;
        }
        for (Content[] other : all) {
            Content known = other[input];
            if (known != null && known.equal(tensor, content)) {
                use(known, input, own);
                return known.version;
            }
        }
        long version = model.nextVersion();
        drop(input, own);
        if (budget.hasRoom(content.capacity())) {
            budget.add(content.capacity());
            use(new Content(content, tensor, version), input, own);
        }
        return version;
    }

    private void use(Content content, int input, @Nullable Content[] own) {
        content.users++;
        drop(input, own);
        own[input] = content;
    }

    void drop(int input, @Nullable Content[] own) {
        Content content = own[input];
        own[input] = null;
        if (content != null && --content.users == 0) {
            budget.subtract(content.bytes.capacity());
        }
    }
}
