package org.example.spark;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import scala.collection.Seq;

/** The same rows without Spark: one loop in one thread. What jobs are compared with. */
final class SerialRun {
    private SerialRun() {}

    /** All that a row of the output says but the time, by id. */
    static SortedMap<String, String> of(List<Row> prompts, Path bundle, Path policy, double measuredShare) {
        List<Row> pictures = new ArrayList<>();
        try (ExecutorModel model = ExecutorModel.open(bundle, 1);
                PictureGenerator generator = model.generator(policy, 30)) {
            for (Row prompt : prompts) {
                pictures.add(draw(prompt, generator, measuredShare).toRow());
            }
        }
        return described(pictures);
    }

    private static PictureRow draw(Row given, PictureGenerator generator, double measuredShare) {
        try {
            PromptRow prompt = PromptRow.of(given);
            boolean measured = DrawRows.isMeasured(prompt.id(), measuredShare);
            return PictureRow.drawn(given, generator.draw(prompt, measured, () -> {}));
        } catch (InvalidRowException e) {
            return PictureRow.failed(given, e);
        }
    }

    /** Rows of {@link PictureRow#SCHEMA} in words without {@code millis}, by id; fails where an id is there twice. */
    static SortedMap<String, String> described(List<Row> pictures) {
        SortedMap<String, String> byId = new TreeMap<>();
        for (Row row : pictures) {
            List<String> words = new ArrayList<>();
            for (String column : PictureRow.SCHEMA.fieldNames()) {
                if (!column.equals("millis")) {
                    words.add(column + "=" + words(row, PictureRow.SCHEMA.fieldIndex(column)));
                }
            }
            if (byId.put(String.valueOf(row.getString(0)), String.join("\n", words)) != null) {
                throw new AssertionError("two rows have the id " + row.getString(0));
            }
        }
        return byId;
    }

    private static Object words(Row row, int column) {
        if (row.get(column) instanceof byte[] bytes) {
            return Base64.getEncoder().encodeToString(bytes);
        }
        return row.get(column) instanceof Seq<?> ? List.copyOf(row.getList(column)) : row.get(column);
    }
}
