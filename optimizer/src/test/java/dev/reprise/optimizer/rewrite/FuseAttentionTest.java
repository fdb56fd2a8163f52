package dev.reprise.optimizer.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FuseAttentionTest {
    private static final int BATCH = 2;
    private static final int QUERIES = 6;
    private static final int KEYS = 5;
    private static final int HEADS = 3;
    private static final int SIZE = 4;
    private static final int CHANNELS = HEADS * SIZE;

    @TempDir
    private Path folder;

    private SmallSegment graph;

    @BeforeEach
    void startAGraph() {
        graph = new SmallSegment()
                .input("q", BATCH, QUERIES, CHANNELS)
                .input("k", BATCH, KEYS, CHANNELS)
                .input("v", BATCH, KEYS, CHANNELS);
    }

    @Test
    void firesAsTorchScriptWritesIt() throws Exception {
        String q = scaled(heads("q", QUERIES));
        String k = scaled(graph.transpose(tokens("k", KEYS), 0, 2, 3, 1));
        RewriteRun run = run(q, k, heads("v", KEYS), "");
        assertThat(run.operators()).containsExactly("MultiHeadAttention", "Reshape", "Reshape");
        assertThat(run.error()).isLessThan(1e-6);
    }

    @Test
    void firesAsDynamoWritesIt() throws Exception {
        String q = scaled(heads("q", QUERIES));
        String three = graph.node("Reshape", heads("k", KEYS), graph.integers(-1, KEYS, SIZE));
        String turned = graph.transpose(three, 0, 2, 1);
        String k = scaled(graph.node("Reshape", turned, graph.integers(BATCH, HEADS, SIZE, KEYS)));
        RewriteRun run = run(q, k, heads("v", KEYS), "");
        assertThat(run.operators()).containsExactly("MultiHeadAttention", "Reshape", "Reshape");
        assertThat(run.error()).isLessThan(1e-6);
    }

    @Test
    void doesNotFireWhereQueriesWouldHaveToBeTransposed() throws Exception {
        String q = graph.node("Neg", heads("q", QUERIES));
        String k = graph.transpose(graph.node("Neg", heads("k", KEYS)), 0, 1, 3, 2);
        String v = graph.node("Neg", heads("v", KEYS));
        RewriteRun run = run(q, k, v, "Mul");
        assertThat(run.fired()).isFalse();
    }

    @Test
    void takesKeysAndValuesWithHeadsFirst() throws Exception {
        String k = graph.transpose(graph.node("Neg", heads("k", KEYS)), 0, 1, 3, 2);
        RewriteRun run = run(heads("q", QUERIES), k, graph.node("Neg", heads("v", KEYS)), "Mul");
        assertThat(run.operators()).contains("MultiHeadAttention").doesNotContain("Softmax", "MatMul");
        assertThat(run.error()).isLessThan(1e-6);
    }

    @Test
    void slicesALayerThatMakesAllThree() throws Exception {
        graph.input("qkv", BATCH, QUERIES, 3 * CHANNELS);
        String five = graph.node("Reshape", "qkv", graph.integers(BATCH, QUERIES, 3, HEADS, SIZE));
        String parts = graph.transpose(five, 2, 0, 3, 1, 4);
        List<String> heads = new ArrayList<>();
        for (long part = 0; part < 3; part++) {
            String slice =
                    graph.node("Slice", parts, graph.integers(part), graph.integers(part + 1), graph.integers(0));
            heads.add(graph.node("Squeeze", slice, graph.integers(0)));
        }
        RewriteRun run = run(heads.get(0), graph.transpose(heads.get(1), 0, 1, 3, 2), heads.get(2), "Mul");
        assertThat(run.operators())
                .containsExactly("Slice", "Slice", "Slice", "MultiHeadAttention", "Reshape", "Reshape");
        assertThat(run.error()).isLessThan(1e-6);
    }

    @Test
    void doesNotFireWithAMask() throws Exception {
        assertThat(run(heads("q", QUERIES), graph.transpose(tokens("k", KEYS), 0, 2, 3, 1), heads("v", KEYS), "Add")
                        .fired())
                .isFalse();
    }

    @Test
    void takesKeysAsTheyAreWhereTheirTranspositionIsNoneOfThese() throws Exception {
        String three = graph.node("Reshape", heads("k", KEYS), graph.integers(BATCH, HEADS * KEYS, SIZE));
        String mixed = graph.node("Reshape", graph.transpose(three, 0, 2, 1), graph.integers(BATCH, HEADS, SIZE, KEYS));
        RewriteRun run = run(heads("q", QUERIES), mixed, heads("v", KEYS), "");
        assertThat(run.error()).isLessThan(1e-6);
    }

    /** Before opset 13 it was another axis that a softmax had without one. */
    @Test
    void doesNotFireWithoutAnAxis() throws Exception {
        String scores = graph.node("MatMul", heads("q", QUERIES), graph.transpose(tokens("k", KEYS), 0, 2, 3, 1));
        String weighted = graph.node("MatMul", graph.node("Softmax", scores), heads("v", KEYS));
        String output =
                graph.node("Reshape", graph.transpose(weighted, 0, 2, 1, 3), graph.integers(BATCH, -1, CHANNELS));
        assertThat(new RewriteRun(new FuseAttention(), graph.write(folder, List.of(output), BATCH, QUERIES, CHANNELS))
                        .fired())
                .isFalse();
    }

    /** @param between what stands between scores and softmax: nothing, a mask that is added, a number */
    private RewriteRun run(String q, String k, String v, String between) throws Exception {
        String scores = graph.node("MatMul", q, k);
        if (between.equals("Add")) {
            graph.input("mask", 1, 1, 1, KEYS);
            scores = graph.node("Add", scores, "mask");
        } else if (between.equals("Mul")) {
            scores = graph.node("Mul", scores, graph.number(0.25));
        }
        String softmax = graph.node("Softmax", List.of(SmallSegment.integer("axis", -1)), scores);
        String back = graph.transpose(graph.node("MatMul", softmax, v), 0, 2, 1, 3);
        String output = graph.node("Reshape", back, graph.integers(BATCH, -1, CHANNELS));
        return new RewriteRun(new FuseAttention(), graph.write(folder, List.of(output), BATCH, QUERIES, CHANNELS));
    }

    private String tokens(String input, int tokens) {
        return graph.node("Reshape", input, graph.integers(BATCH, tokens, HEADS, SIZE));
    }

    private String heads(String input, int tokens) {
        return graph.transpose(tokens(input, tokens), 0, 2, 1, 3);
    }

    private String scaled(String value) {
        return graph.node("Mul", value, graph.number(0.7));
    }
}
