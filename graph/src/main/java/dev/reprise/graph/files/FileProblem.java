package dev.reprise.graph.files;

import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** What is wrong with a file, in words: many exceptions of the file system carry the file's name alone. */
public final class FileProblem {
    private FileProblem() {}

    /** {@code models/a.onnx: no such file or directory}. */
    public static String describe(FileSystemException failure) {
        String file = String.valueOf(failure.getFile());
        if (failure instanceof NoSuchFileException) {
            return file + ": no such file or directory";
        }
        if (failure instanceof AccessDeniedException) {
            return file + ": permission denied";
        }
        if (failure instanceof FileAlreadyExistsException) {
            return file + ": exists already";
        }
        if (failure instanceof DirectoryNotEmptyException) {
            return file + ": directory is not empty";
        }
        String reason = failure.getReason();
        return file + ": " + (reason == null ? failure.getClass().getSimpleName() : reason);
    }
}
