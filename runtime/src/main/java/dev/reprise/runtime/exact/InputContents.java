package dev.reprise.runtime.exact;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.ElementType;
import dev.reprise.ort.ContentKey;
import dev.reprise.ort.CountedTensor;
import dev.reprise.runtime.session.LoadedModel;
import dev.reprise.runtime.tensor.CacheBudget;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gives model inputs keys by content. Callers reuse buffers and tensors, so identity says nothing: each content is kept as a
 * private copy and compared in every step, and hashed when it is new. Bits are compared, not numbers: −0 is not 0. Java cannot read
 * tensors on a device, and nobody can write into one that a session made: there identity does tell, in this generation alone.
 */
final class InputContents {
    private final LoadedModel model;
    private final CacheBudget budget;
    private final boolean hashed;

    /** @param hashed whether other generations are to know contents again */
    InputContents(LoadedModel model, CacheBudget budget, boolean hashed) {
        this.model = model;
        this.budget = budget;
        this.hashed = hashed;
    }

    /** A content that was seen. */
    static final class Content {
        private final @Nullable ByteBuffer bytes;
        /** The tensor that had it first: holds its copy on the device. */
        private final CountedTensor first;

        private final OnnxTensor identity;
        private final ContentKey key;
        private int users;

        private Content(@Nullable ByteBuffer bytes, CountedTensor tensor, ContentKey key) {
            this.bytes = bytes;
            this.first = tensor.retain();
            this.identity = tensor.tensor();
            this.key = key;
        }

        ContentKey key() {
            return key;
        }

        private boolean equal(CountedTensor tensor, @Nullable ByteBuffer content) {
            if (bytes == null || content == null) {
                return identity == tensor.tensor();
            }
            return first.elementType() == tensor.elementType()
                    && tensor.hasShape(first.shape())
                    && bytes.mismatch(content) < 0;
        }

        private long bytes() {
            return bytes == null ? 0 : bytes.capacity();
        }
    }

    /**
     * The key of an input's content.
     *
     * @param own what this context saw last, by input; updated
     * @param all the same of every context
     */
    ContentKey key(CountedTensor tensor, int input, @Nullable Content[] own, List<@Nullable Content[]> all) {
        ContentKey key = tensor.key();
        if (key == null) {
            key = find(tensor, input, own, all);
            tensor.key(key);
        }
        return key;
    }

    private ContentKey find(CountedTensor tensor, int input, @Nullable Content[] own, List<@Nullable Content[]> all) {
        boolean madeInThisStep = tensor.isOnDevice() && !tensor.isBorrowed();
        if (madeInThisStep || tensor.elementType() == ElementType.STRING || tensor.bytes() > Integer.MAX_VALUE - 8) {
            return model.live().newKey();
        }
        // A copy on the heap; when the content is new, it becomes the private copy. Of a tensor on a device there is
        // none.
        ByteBuffer content = tensor.isOnDevice() ? null : tensor.tensor().getByteBuffer();
        Content before = own[input];
        if (before != null && before.equal(tensor, content)) {
            return known(before, tensor);
        }
        for (Content[] other : all) {
            Content known = other[input];
            if (known != null && known.equal(tensor, content)) {
                use(known, input, own);
                return known(known, tensor);
            }
        }
        drop(input, own);
        if (!budget.hasRoom(content == null ? 0 : content.capacity())) {
            return model.live().newKey();
        }
        ContentKey key = hashed && content != null
                ? ContentKey.of(tensor.elementType(), tensor.shape(), content)
                : model.live().newKey();
        Content made = new Content(content, tensor, key);
        budget.add(made.bytes());
        use(made, input, own);
        return key;
    }

    /** The tensor of this step need not be copied to the device again. */
    private static ContentKey known(Content content, CountedTensor tensor) {
        tensor.shareCounterpart(content.first);
        return content.key;
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
            budget.subtract(content.bytes());
            content.first.release();
        }
    }
}
