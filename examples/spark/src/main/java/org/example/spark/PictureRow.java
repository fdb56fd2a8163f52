package org.example.spark;

import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A row of the output: what was drawn for a prompt, or why nothing was.
 *
 * @param id as in the input
 * @param prompt as in the input
 * @param seed as in the input
 * @param drawing null where there is an error
 * @param error null where there is a drawing
 */
record PictureRow(String id, String prompt, String seed, Drawing drawing, String error) {
    private static final StructType STEP = new StructType()
            .add("step", DataTypes.IntegerType)
            .add("decision", DataTypes.StringType)
            .add("computed_share", DataTypes.DoubleType);

    /** The columns. */
    static final StructType SCHEMA = new StructType()
            .add("id", DataTypes.StringType)
            .add("prompt", DataTypes.StringType)
            .add("seed", DataTypes.StringType)
            .add("png", DataTypes.BinaryType)
            .add("sample_sha256", DataTypes.StringType)
            .add("psnr", DataTypes.DoubleType)
            .add("computed_share", DataTypes.DoubleType)
            .add("steps", DataTypes.createArrayType(STEP))
            .add("millis", DataTypes.DoubleType)
            .add("error", DataTypes.StringType);

    static PictureRow drawn(Row prompt, Drawing drawing) {
        return new PictureRow(given(prompt, 0), given(prompt, 1), given(prompt, 2), drawing, null);
    }

    static PictureRow failed(Row prompt, InvalidRowException error) {
        return new PictureRow(given(prompt, 0), given(prompt, 1), given(prompt, 2), null, error.getMessage());
    }

    private static String given(Row prompt, int column) {
        return prompt.isNullAt(column) ? null : prompt.getString(column);
    }

    /** In the order of {@link #SCHEMA}. */
    Row toRow() {
        if (drawing == null) {
            return RowFactory.create(id, prompt, seed, null, null, null, null, null, null, error);
        }
        List<Row> steps = drawing.steps().stream()
                .map(step -> RowFactory.create(step.step(), step.decision(), step.computedShare()))
                .toList();
        return RowFactory.create(
                id,
                prompt,
                seed,
                drawing.png(),
                drawing.sha256(),
                drawing.psnr(),
                drawing.computedShare(),
                // Spark's rows hold Scala's sequences.
                CollectionConverters.asScala(steps).toSeq(),
                drawing.millis(),
                null);
    }
}
