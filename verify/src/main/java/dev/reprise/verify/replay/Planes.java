package dev.reprise.verify.replay;

import dev.reprise.graph.recording.StoredTensor;
import dev.reprise.verify.api.OutputPlane;
import dev.reprise.verify.run.Tensors;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Cuts a picture out of outputs: the first values of their last two dimensions. */
final class Planes {
    private static final int MOST = 192;

    private Planes() {}

    /** Null where there are no two dimensions. */
    static @Nullable OutputPlane of(int step, StoredTensor recorded, StoredTensor found) {
        List<Long> shape = recorded.shape();
        if (shape.size() < 2 || shape.stream().anyMatch(dimension -> dimension < 1)) {
            return null;
        }
        int width = Math.toIntExact(shape.get(shape.size() - 1));
        int rows = (int) Math.min(MOST, shape.get(shape.size() - 2));
        int columns = Math.min(MOST, width);
        return new OutputPlane(
                step, rows, columns, part(recorded, rows, columns, width), part(found, rows, columns, width));
    }

    private static float[] part(StoredTensor tensor, int rows, int columns, int width) {
        float[] all = Tensors.floats(tensor);
        float[] part = new float[rows * columns];
        for (int row = 0; row < rows; row++) {
            System.arraycopy(all, row * width, part, row * columns, columns);
        }
        return part;
    }
}
