package dev.reprise.runtime.exact;

import ai.onnxruntime.OnnxTensor;
import dev.reprise.graph.ElementType;
import dev.reprise.ort.CountedTensor;
import dev.reprise.runtime.session.LoadedModel;
import dev.reprise.runtime.tensor.CacheBudget;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gives model inputs versions by content. Callers reuse buffers and tensors, so identity says nothing: each content is kept as a
 * private copy and compared. Bits are compared, not numbers: −0 is not 0. Java cannot read tensors on a device, and nobody can write into
 * one that a session made: there identity does tell.
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
        private final @Nullable ByteBuffer bytes;
        /** The tensor that had it first: holds its copy on the device. */
        private final CountedTensor first;

        private final OnnxTensor identity;
        private final long version;
        private int users;

        private Content(@Nullable ByteBuffer bytes, CountedTensor tensor, long version) {
            this.bytes = bytes;
            this.first = tensor.retain();
            this.identity = tensor.tensor();
            this.version = version;
        }

        long version() {
            return version;
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
        boolean madeInThisStep = tensor.isOnDevice() && !tensor.isBorrowed();
        if (madeInThisStep || tensor.elementType() == ElementType.STRING || tensor.bytes() > Integer.MAX_VALUE - 8) {
            return model.live().nextVersion();
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
        long version = model.live().nextVersion();
        drop(input, own);
        Content made = new Content(content, tensor, version);
        if (budget.hasRoom(made.bytes())) {
            budget.add(made.bytes());
            use(made, input, own);
        } else {
            made.first.release();
        }
        return version;
    }

    /** The tensor of this step need not be copied to the device again. */
    private static long known(Content content, CountedTensor tensor) {
        tensor.shareCounterpart(content.first);
        return content.version;
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
