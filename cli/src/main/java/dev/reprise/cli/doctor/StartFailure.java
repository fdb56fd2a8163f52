package dev.reprise.cli.doctor;

import java.util.regex.Pattern;

/** What helps where ONNX Runtime's native library does not load: the causes that Java users report most. */
enum StartFailure {
    MUSL(
            "ld-linux-[\\w-]+\\.so|ld-musl|__\\w+_chk: symbol not found",
            "this system has musl in place of glibc (Alpine); use an image with glibc, such as Debian's"),
    NO_EXECUTION(
            "failed to map segment|Operation not permitted",
            "the temporary folder does not allow programs; choose another with -Djava.io.tmpdir=FOLDER"),
    NO_SPACE(
            "No space left|Disk quota",
            "the native library is unpacked into the temporary folder; make room or choose another with"
                    + " -Djava.io.tmpdir=FOLDER"),
    OLD_GLIBC(
            "GLIBC(?:XX)?_[\\d.]+' not found",
            "this system's C or C++ library is older than ONNX Runtime needs; use a newer system or image"),
    WINDOWS_RUNTIME(
            "Can't find dependent libraries|initialization routine failed",
            "install the current Microsoft Visual C++ Redistributable; an older one first on PATH does the same harm"),
    OTHER_PROCESSOR(
            "not found (?:in|at)|not supported on this platform|wrong ELF class|cannot open shared object file",
            "the jar has no library for this operating system and processor, or"
                    + " -Donnxruntime.native.path leads to another");

    private static final String UNKNOWN = "look the message up among ONNX Runtime's issues";

    private final Pattern message;
    private final String advice;

    StartFailure(String message, String advice) {
        this.message = Pattern.compile(message);
        this.advice = advice;
    }

    static String advice(String message) {
        for (StartFailure failure : values()) {
            if (failure.message.matcher(message).find()) {
                return failure.advice;
            }
        }
        return UNKNOWN;
    }
}
