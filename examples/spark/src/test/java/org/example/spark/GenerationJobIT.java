package org.example.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reprise.demo.DemoModels;
import dev.reprise.optimizer.Optimizer;
import dev.reprise.optimizer.api.CutOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.example.spark.GenerationSettings.BundlePlace;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs on two cores of this JVM, four tries for each task: rows and bits as a serial run has them. */
@DisabledOnOs(OS.WINDOWS) // Hadoop writes files there with programs of its own, which nobody has
@EnabledForJreRange(max = JRE.JAVA_21) // the newest that Spark 4.1 runs on
class GenerationJobIT {
    private static final Path POLICY = Path.of("tuned.json").toAbsolutePath();
    private static final double MEASURED = 0.3;
    private static final StructType SCHEMA = new StructType()
            .add("id", DataTypes.StringType)
            .add("prompt", DataTypes.StringType)
            .add("seed", DataTypes.StringType);

    @TempDir
    static Path folder;

    private static Path bundle;
    private static SparkSession spark;
    private static List<Row> prompts;
    private static SortedMap<String, String> serial;

    @BeforeAll
    static void drawsSerially() {
        bundle = Optimizer.cut(DemoModels.digits().resolve("torchscript.onnx"), CutOptions.DEFAULTS)
                .write(folder.resolve("digits.bundle"));
        prompts = new ArrayList<>();
        for (int i = 0; i < 14; i++) {
            prompts.add(RowFactory.create("row-" + i, Integer.toString(i % 10), Integer.toString(i)));
        }
        prompts.add(RowFactory.create("cat", "cat", "1"));
        prompts.add(RowFactory.create("negative", "1", "-1"));
        prompts.add(RowFactory.create("seedless", "1", null));
        prompts.add(RowFactory.create(null, "1", "1"));
        serial = SerialRun.of(prompts, bundle, POLICY, MEASURED);
        spark = SparkSession.builder()
                .master("local[2,4]")
                .config("spark.ui.enabled", false)
                .config("spark.sql.shuffle.partitions", 2)
                .config("spark.sql.artifact.isolation.enabled", false)
                .getOrCreate();
        spark.sparkContext().addFile(POLICY.toString());
    }

    @AfterAll
    static void stops() {
        if (spark != null) {
            spark.stop();
        }
        ExecutorModels.closeAll();
    }

    private static PromptTable table() {
        return new PromptTable(spark.createDataFrame(prompts, SCHEMA), prompts.size());
    }

    private static GenerationSettings settings(Path model) {
        return new GenerationSettings(new BundlePlace(model.toString(), false), "tuned.json", 30, 1, MEASURED);
    }

    private static GenerationJob job(int partitions) {
        return new GenerationJob(spark, settings(bundle), partitions, line -> {});
    }

    private static SortedMap<String, String> read(Path output) {
        return SerialRun.described(spark.read().parquet(output.toString()).collectAsList());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 7})
    void anyPartitioningHasTheBitsOfASerialRun(int partitions) {
        Path output = folder.resolve("in-" + partitions);

        JobReport report = job(partitions).run(table(), output.toString());

        assertThat(read(output)).isEqualTo(serial).hasSize(18);
        assertThat(report.rows()).isEqualTo(18);
        assertThat(report.errors()).isEqualTo(4);
        // The schedule computes 10 of 30 steps.
        assertThat(report.stepsComputed()).isEqualTo(14 * 10);
        assertThat(report.stepsReused()).isEqualTo(14 * 20);
    }

    @Test
    void aParquetTableMayHaveNumbers() {
        Path table = folder.resolve("typed.parquet");
        Path output = folder.resolve("typed");
        spark.createDataFrame(prompts, SCHEMA)
                .selectExpr("id", "try_cast(prompt as int) prompt", "try_cast(seed as bigint) seed", "'x' other")
                .where("id like 'row%'")
                .write()
                .parquet(table.toString());

        PromptTable read = PromptTable.read(spark, table.toString());
        job(2).run(read, output.toString());

        assertThat(read.count()).isEqualTo(14);
        assertThat(read(output)).isEqualTo(serial.subMap("row-", "row."));
    }

    @Test
    void aPoisonedRowSaysWhy() {
        assertThat(serial.get("cat")).contains("png=null", "error=prompt must be a digit from 0 to 9, was 'cat'");
        assertThat(serial.get("negative")).contains("seed=-1", "error=seed must be an integer from 0");
        assertThat(serial.get("seedless")).contains("error=seed must be given, found nothing");
        assertThat(serial.get("null")).contains("error=id must be given, found nothing");
        assertThat(serial.get("row-0")).contains("error=null").doesNotContain("png=null");
    }

    @Test
    void someRowsHaveTheirQualityMeasured() {
        List<String> measured = serial.values().stream()
                .filter(row -> !row.contains("psnr=null"))
                .toList();

        assertThat(measured).isNotEmpty().hasSizeLessThan(14);
    }

    @Test
    void tasksThatFailLeaveNothingBehind() {
        Path output = folder.resolve("failed");
        GenerationJob job = job(4);

        JobReport report = job.run(table(), output.toString(), new FailsTwice(job.tasks()));

        assertThat(read(output)).isEqualTo(serial);
        assertThat(report.rows()).isEqualTo(18);
        assertThat(report.stepsComputed()).isEqualTo(14 * 10);
        assertThat(report.attempts()).contains("8 failed attempts");
    }

    @Test
    void aTaskThatAlwaysFailsFailsTheJob() {
        Path output = folder.resolve("doomed");
        GenerationJob job = job(2);
        MapPartitionsFunction<Row, Row> tasks = rows -> {
            throw new IllegalStateException("injected");
        };

        assertThatThrownBy(() -> job.run(table(), output.toString(), tasks))
                .hasStackTraceContaining("injected")
                .hasRootCauseInstanceOf(IllegalStateException.class);
        assertThat(output.resolve("_SUCCESS")).doesNotExist();
    }

    @Test
    void tasksShareOneModel() {
        ExecutorModels.closeAll();
        GenerationJob job = job(6);

        job.requireModel();
        JobReport report = job.run(table(), folder.resolve("shared").toString());

        assertThat(report.modelsOpened()).isEqualTo(1);
        assertThat(ExecutorModels.count()).isEqualTo(1);
    }

    @Test
    void aBundleThatIsNotThereIsOneMessage() {
        GenerationJob job = new GenerationJob(spark, settings(folder.resolve("none.bundle")), 1, line -> {});

        assertThatThrownBy(job::requireModel)
                .isInstanceOf(JobInputException.class)
                .hasMessageContaining("none.bundle: there is no bundle");
    }

    /** Fails the first two tries of every task, after rows were drawn and written. */
    private record FailsTwice(MapPartitionsFunction<Row, Row> tasks) implements MapPartitionsFunction<Row, Row> {
        @Override
        public Iterator<Row> call(Iterator<Row> prompts) throws Exception {
            Iterator<Row> rows = tasks.call(prompts);
            int attempt = TaskContext.get().attemptNumber();
            return new Iterator<>() {
                private int taken;

                @Override
                public boolean hasNext() {
                    return rows.hasNext();
                }

                @Override
                public Row next() {
                    Row row = rows.next();
                    taken++;
                    if (attempt < 2 && taken == 1 + attempt) {
                        throw new IllegalStateException("injected");
                    }
                    return row;
                }
            };
        }
    }
}
