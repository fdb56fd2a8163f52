package dev.reprise.ort.capi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.reprise.testdata.ForkedJvm;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class NativeLayerTest {
    private static final long CALLS = 100_000;

    /** Prints whether the layer is there. */
    public static final class Description {
        public static void main(String[] args) {
            System.out.println(NativeLayer.of(OrtEnvironment.getEnvironment()));
        }
    }

    /** Makes errors and prints by how much the process grew. */
    public static final class ManyErrors {
        public static void main(String[] args) throws Exception {
            NativeLayer layer = NativeLayer.of(OrtEnvironment.getEnvironment());
            fail(layer, CALLS / 10);
            long before = ForkedJvm.anonymousBytes();
            fail(layer, CALLS);
            System.out.println("growth=" + (ForkedJvm.anonymousBytes() - before));
        }

        private static void fail(NativeLayer layer, long times) {
            for (long i = 0; i < times; i++) {
                try {
                    layer.required().call(Slot.CreateStatus, 2, OrtApi.text("x".repeat(1000)));
                    throw new AssertionError("no error");
                } catch (OrtException e) {
                    // What is counted is what stays behind.
                }
            }
        }
    }

    @Test
    @DisabledIfSystemProperty(named = NativeLayer.PROPERTY, matches = "off")
    void isAvailableWithTheOnnxRuntimeAndJnaOfTheBuild() {
        NativeLayer layer = NativeLayer.of(OrtEnvironment.getEnvironment());

        assertThat(layer.isAvailable()).as(layer.toString()).isTrue();
        assertThat(layer.description())
                .startsWith("C API of ONNX Runtime "
                        + OrtEnvironment.getEnvironment().getVersion() + " through JNA 5.");
    }

    @Test
    void isSwitchedOffByAProperty() throws Exception {
        List<String> lines =
                new ForkedJvm().property(NativeLayer.PROPERTY, "off").run(Description.class);

        assertThat(lines).contains("unavailable: switched off by -Dreprise.native=off");
    }

    @Test
    void saysThatJnaIsMissing() throws Exception {
        List<String> lines = new ForkedJvm().without("jna-").run(Description.class);

        assertThat(lines).contains("unavailable: JNA is not on the class path (net.java.dev.jna:jna)");
    }

    @Test
    void saysThatJnaCannotLoadItsNativePart() throws Exception {
        List<String> lines = new ForkedJvm()
                .property("jna.nounpack", "true")
                .property("jna.nosys", "true")
                .run(Description.class);

        assertThat(lines).anyMatch(line -> line.startsWith("unavailable: JNA cannot call ONNX Runtime: "));
    }

    @Test
    @DisabledIfSystemProperty(named = NativeLayer.PROPERTY, matches = "off")
    void errorsAreExceptionsWithTheirMessage() {
        NativeLayer layer = NativeLayer.of(OrtEnvironment.getEnvironment());

        assertThatThrownBy(() -> layer.required().call(Slot.CreateStatus, 2, OrtApi.text("no such thing")))
                .isInstanceOf(OrtException.class)
                .hasMessageContaining("ORT_INVALID_ARGUMENT")
                .hasMessageContaining("no such thing");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void errorsLeaveNoMemoryBehind() throws Exception {
        long growth = ForkedJvm.numbers(new ForkedJvm().run(ManyErrors.class)).get("growth");

        // Each status has a message of 1 kB.
        assertThat(growth).isLessThan(CALLS * 1000 / 4);
    }

    @Test
    void cannotBeUsedWhereItIsNotAvailable() throws Exception {
        String before = System.setProperty(NativeLayer.PROPERTY, "off");
        try {
            NativeLayer layer = NativeLayer.of(OrtEnvironment.getEnvironment());

            assertThatIllegalStateException()
                    .isThrownBy(() -> BoundSession.isOnDevice(layer, null))
                    .withMessageContaining("switched off by -Dreprise.native=off");
        } finally {
            if (before == null) {
                System.clearProperty(NativeLayer.PROPERTY);
            } else {
                System.setProperty(NativeLayer.PROPERTY, before);
            }
        }
    }
}
