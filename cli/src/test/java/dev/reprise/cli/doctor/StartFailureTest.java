package dev.reprise.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Messages that users of ONNX Runtime for Java report. */
class StartFailureTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    /tmp/onnxruntime-java1/libonnxruntime.so: Error loading shared library ld-linux-x86-64.so.2: No such file | glibc
                    /tmp/onnxruntime-java1/libonnxruntime.so: Error relocating: __vsnprintf_chk: symbol not found | glibc
                    /tmp/onnxruntime-java1/libonnxruntime.so: failed to map segment from shared object: Operation not permitted | java.io.tmpdir
                    No space left on device | java.io.tmpdir
                    /tmp/x/libonnxruntime.so: /lib64/libm.so.6: version `GLIBC_2.27' not found (required by libonnxruntime.so) | newer system
                    /tmp/x/libonnxruntime.so: /lib64/libstdc++.so.6: version `GLIBCXX_3.4.29' not found | newer system
                    C:\\Temp\\onnxruntime.dll: Can't find dependent libraries | Visual C++
                    C:\\Temp\\onnxruntime.dll: A dynamic link library (DLL) initialization routine failed | Visual C++
                    Native library 'onnxruntime' not found at /nowhere/libonnxruntime.so | operating system and processor
                    something else | look the message up
                    """)
    void theAdviceFitsTheMessage(String message, String advice) {
        assertThat(StartFailure.advice(message)).contains(advice);
    }
}
