package dev.reprise.cache.math;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxJavaType;
import dev.reprise.cache.OrtFragments;
import dev.reprise.graph.ElementType;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TensorMathTest {
    private static final Offset<Float> CLOSE = within(1e-5f);

    private final OrtFragments ort = new OrtFragments();
    private final TensorMath math = new TensorMath(ort);

    @AfterEach
    void close() throws Exception {
        ort.close();
    }

    private Tensor row(float... values) {
        return ort.tensor(new long[] {values.length}, values);
    }

    @Test
    void addsAndSubtracts() {
        assertThat(OrtFragments.values(math.add(row(1, 2), row(3, 5)))).containsExactly(4, 7);
        assertThat(OrtFragments.values(math.subtract(row(1, 2), row(3, 5)))).containsExactly(-2, -3);
    }

    @Test
    void subtractsEverySecondChannel() {
        Tensor a = ort.tensor(new long[] {1, 2, 3}, 1, 2, 3, 4, 5, 6);
        Tensor b = ort.tensor(new long[] {1, 2, 3}, 0, 0, 1, 0, 0, 2);
        Tensor difference = math.subtract(a, b, 2);
        assertThat(difference.shape()).containsExactly(1, 2, 2);
        assertThat(OrtFragments.values(difference)).containsExactly(1, 2, 4, 4);
    }

    @Test
    void widensWithZerosBehind() {
        Tensor image = ort.tensor(new long[] {1, 1, 2}, 1, 2);
        Tensor wide = math.widen(image, 1, 2, 2);
        assertThat(wide.shape()).containsExactly(1, 2, 2);
        assertThat(OrtFragments.values(wide)).containsExactly(1, 2, 0, 0);
        assertThat(math.widen(image, 1, 1, 2)).isSameAs(image);
        assertThatThrownBy(() -> math.widen(image, 1, 1, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nowhere smaller");
    }

    @Test
    void newCoefficientsMakeNoNewSession() {
        List<Tensor> tensors = List.of(row(1, 2), row(10, 20), row(100, 200));
        assertThat(OrtFragments.values(math.combine(List.of(1f, 2f, 3f), tensors)))
                .containsExactly(321, 642);
        assertThat(OrtFragments.values(math.combine(List.of(0f, 0.5f, -1f), tensors)))
                .containsExactly(-95, -190);
        assertThat(ort.sessions()).isEqualTo(1);
    }

    @Test
    void dividesADifferenceByTheSpan() {
        assertThat(OrtFragments.values(math.differenceQuotient(row(7, 1), row(1, 4), 3)))
                .containsExactly(2, -1);
    }

    @Test
    void measures() {
        assertThat(math.relativeDistance(row(1, -3), row(2, -1))).isCloseTo(0.75f, CLOSE);
        assertThat(math.distance(row(1, -3), row(2, -1))).isCloseTo(1.5f, CLOSE);
        assertThat(math.meanAbs(row(1, -3))).isCloseTo(2, CLOSE);
        assertThat(math.relativeDistance(row(0, 0), row(0, 0))).isNaN();
    }

    @Test
    void comparesTokenNorms() {
        Tensor now = ort.tensor(new long[] {1, 2, 2}, 3, 4, 0, 2);
        Tensor before = ort.tensor(new long[] {1, 2, 2}, 0, 5, 4, 0);
        assertThat(math.meanTokenNormRatio(now, before)).isCloseTo((1 + 0.5f) / 2, CLOSE);
    }

    @Test
    void findsWhatIsNotFinite() {
        assertThat(math.allFinite(row(1, -3e38f, 3e38f))).isTrue();
        assertThat(math.allFinite(row(1, Float.NaN))).isFalse();
        assertThat(math.allFinite(row(Float.NEGATIVE_INFINITY, 1))).isFalse();
        assertThat(math.allFinite(row(Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY)))
                .isFalse();
    }

    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"FLOAT", "FLOAT16", "BFLOAT16", "DOUBLE"})
    void computesInEveryFloatType(ElementType type) {
        Tensor a = math.cast(row(1, 2, 3, 4), type);
        Tensor b = math.cast(row(2, 2, 2, 2), type);
        assertThat(a.elementType()).isEqualTo(type);
        Tensor sum = math.combine(ElementType.FLOAT, List.of(1f, 0.5f, 1f), List.of(a, b, math.zerosLike(a)));
        assertThat(OrtFragments.values(sum)).containsExactly(2, 3, 4, 5);
        assertThat(math.add(a, b).elementType()).isEqualTo(type);
        assertThat(math.combine(List.of(1f), List.of(a)).elementType()).isEqualTo(type);
        assertThat(OrtFragments.values(math.cast(math.secondHalf(a), ElementType.FLOAT)))
                .containsExactly(3, 4);
        assertThat(math.concatBatch(a, b).shape()).containsExactly(8);
        assertThat(math.relativeDistance(b, a)).isCloseTo(0.5f, CLOSE);
        assertThat(math.allFinite(a)).isTrue();
        assertThat(math.meanTokenNormRatio(a, a)).isCloseTo(1, CLOSE);
    }

    @Test
    void movesIntegersAndBooleans() {
        Tensor numbers = ort.bytes(
                OnnxJavaType.INT64,
                new long[] {4},
                ByteBuffer.allocateDirect(32)
                        .order(java.nio.ByteOrder.nativeOrder())
                        .putLong(0, 1));
        assertThat(math.firstHalf(numbers).shape()).containsExactly(2);
        assertThat(math.concatBatch(numbers, numbers).elementType()).isEqualTo(ElementType.INT64);
        Tensor mask = ort.bytes(OnnxJavaType.BOOL, new long[] {2, 3}, ByteBuffer.allocateDirect(6));
        assertThat(math.secondHalf(mask).shape()).containsExactly(1, 3);
    }

    @Test
    void makesZeros() {
        Tensor zeros = math.zeros(ElementType.FLOAT, 2, 0, 3);
        assertThat(zeros.shape()).containsExactly(2, 0, 3);
        assertThat(OrtFragments.values(math.zeros(ElementType.FLOAT, 1, 2))).containsExactly(0, 0);
        assertThat(math.zeros(ElementType.FLOAT).shape()).isEmpty();
    }

    @ParameterizedTest(name = "{0}x{1}")
    @CsvSource({"8, 8", "7, 10", "10, 7", "28, 28", "3, 30", "1, 1"})
    void lowPassIsTheShiftedDiscOfTheSpectrum(int height, int width) {
        Random random = new Random(7);
        float[] image = new float[2 * height * width];
        for (int i = 0; i < image.length; i++) {
            image[i] = (float) random.nextGaussian();
        }
        Tensor low = math.lowPass(ort.tensor(new long[] {1, 2, height, width}, image));
        float[] found = OrtFragments.values(low);
        for (int channel = 0; channel < 2; channel++) {
            double[] expected = lowPassByDefinition(image, channel * height * width, height, width);
            for (int i = 0; i < expected.length; i++) {
                assertThat(found[channel * height * width + i]).isCloseTo((float) expected[i], within(1e-4f));
            }
        }
    }

    /** Complex DFT, shift, mask around (height/2, width/2), unshift, inverse DFT, real part: as written in the definition. */
    private static double[] lowPassByDefinition(float[] image, int offset, int height, int width) {
        int radius = Math.min(height, width) / 5;
        double[] result = new double[height * width];
        for (int row = 0; row < height; row++) {
            for (int column = 0; column < width; column++) {
                int dy = row - height / 2;
                int dx = column - width / 2;
                if (dx * dx + dy * dy > radius * radius) {
                    continue;
                }
                int fy = Math.floorMod(dy, height);
                int fx = Math.floorMod(dx, width);
                double re = 0;
                double im = 0;
                for (int y = 0; y < height; y++) {
                    for (int x = 0; x < width; x++) {
                        double angle = 2 * Math.PI * ((double) fy * y / height + (double) fx * x / width);
                        re += image[offset + y * width + x] * Math.cos(angle);
                        im -= image[offset + y * width + x] * Math.sin(angle);
                    }
                }
                for (int y = 0; y < height; y++) {
                    for (int x = 0; x < width; x++) {
                        double angle = 2 * Math.PI * ((double) fy * y / height + (double) fx * x / width);
                        result[y * width + x] += (re * Math.cos(angle) - im * Math.sin(angle)) / (height * width);
                    }
                }
            }
        }
        return result;
    }

    @Test
    void namesTheShapesThatDoNotAgree() {
        assertThatThrownBy(() -> math.add(row(1, 2), row(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("Add needs tensors of one shape, found FLOAT[2] and FLOAT[1]");
        assertThatThrownBy(() -> math.firstHalf(row(1, 2, 3)))
                .hasMessage("only an even batch axis can be halved, found FLOAT[3]");
        assertThatThrownBy(() -> math.combine(List.of(1f), List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void fragmentsAreEqualByName() {
        math.add(row(1), row(2));
        math.add(row(1, 2), row(2, 3));
        assertThat(ort.sessions()).isEqualTo(1);
    }
}
