package dev.reprise.ort;

import dev.reprise.graph.ElementType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * Stands for what a tensor holds: equal keys mean equal bits, in all generations of a loaded model. It is a SHA-256, so that nobody
 * has to keep the bytes to compare them, and nobody can make two contents with one key; or a number that no other tensor has.
 *
 * <p>The key of a computed tensor is made of what it was computed from: it can be known before the tensor is.
 */
public record ContentKey(long first, long second, long third, long fourth) {

    /** Of a tensor that nothing is known to equal. */
    public static ContentKey unique(long number) {
        return new ContentKey(number, 0, 0, 0);
    }

    /** Of the bits in a tensor: type, shape and bytes. */
    public static ContentKey of(ElementType type, long[] shape, ByteBuffer content) {
        Digest digest = new Digest("content").text(type.name()).number(shape.length);
        for (long dimension : shape) {
            digest.number(dimension);
        }
        digest.sha.update(content.duplicate());
        return digest.key();
    }

    /** Of something that names and numbers tell: what a session computes. */
    public static ContentKey of(List<Integer> numbers, List<String> names) {
        Digest digest = new Digest("named").number(numbers.size());
        numbers.forEach(digest::number);
        digest.number(names.size());
        names.forEach(digest::text);
        return digest.key();
    }

    /** Of what this one computes from inputs with these keys. */
    public ContentKey applied(ContentKey[] inputs) {
        Digest digest = new Digest("applied").key(this).number(inputs.length);
        for (ContentKey input : inputs) {
            digest.key(input);
        }
        return digest.key();
    }

    /** Of one of the tensors that this one stands for together. */
    public ContentKey part(int position) {
        return new Digest("part").key(this).number(position).key();
    }

    /** Whether it tells nothing about other tensors. */
    public boolean isUnique() {
        return second == 0 && third == 0 && fourth == 0;
    }

    /** Everything goes in with its length or a fixed one, so that no two things read alike. */
    private static final class Digest {
        private final MessageDigest sha;
        private final ByteBuffer eight = ByteBuffer.allocate(Long.BYTES);

        Digest(String what) {
            try {
                sha = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has SHA-256, this one does not", e);
            }
            text(what);
        }

        Digest number(long number) {
            sha.update(eight.putLong(0, number).rewind());
            return this;
        }

        Digest text(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            number(bytes.length);
            sha.update(bytes);
            return this;
        }

        Digest key(ContentKey key) {
            return number(key.first).number(key.second).number(key.third).number(key.fourth);
        }

        ContentKey key() {
            ByteBuffer digest = ByteBuffer.wrap(sha.digest());
            return new ContentKey(digest.getLong(), digest.getLong(), digest.getLong(), digest.getLong());
        }
    }
}
