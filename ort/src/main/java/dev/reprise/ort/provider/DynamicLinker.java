package dev.reprise.ort.provider;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds shared libraries where the dynamic linker of Linux would: the folders that a library names, those of
 * {@code LD_LIBRARY_PATH}, the linker's cache, the system's folders.
 *
 * @param folders of the library path
 * @param cache content of the linker's cache: binary, with names and paths in it as plain ASCII that a zero byte ends
 */
public record DynamicLinker(List<Path> folders, String cache) {
    private static final List<String> SYSTEM_FOLDERS = List.of("/lib64", "/usr/lib64", "/lib", "/usr/lib");

    public DynamicLinker {
        folders = List.copyOf(folders);
    }

    /** The one of this process. */
    public static DynamicLinker ofProcess() {
        return of(System.getenv("LD_LIBRARY_PATH"), Path.of("/etc/ld.so.cache"));
    }

    static DynamicLinker of(@Nullable String libraryPath, Path cacheFile) {
        List<Path> folders = new ArrayList<>();
        for (String folder : (libraryPath == null ? "" : libraryPath).split(":", -1)) {
            if (!folder.isEmpty()) {
                folders.add(Path.of(folder));
            }
        }
        try {
            return new DynamicLinker(folders, Files.readString(cacheFile, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            // Some Linux systems have no cache; the folders are then all there is.
            return new DynamicLinker(folders, "");
        }
    }

    /** Where a library is, by its name: {@code libcudart.so.12}. */
    public Optional<Path> find(String name) {
        return find(name, List.of());
    }

    private Optional<Path> find(String name, List<Path> first) {
        List<Path> candidates = new ArrayList<>();
        first.forEach(folder -> candidates.add(folder.resolve(name)));
        folders.forEach(folder -> candidates.add(folder.resolve(name)));
        int inCache = cache.indexOf("/" + name + "\0");
        if (inCache >= 0) {
            int start = cache.lastIndexOf('\0', inCache) + 1;
            candidates.add(Path.of(cache.substring(start, inCache + 1 + name.length())));
        }
        SYSTEM_FOLDERS.forEach(folder -> candidates.add(Path.of(folder, name)));
        return candidates.stream().filter(Files::isRegularFile).findFirst();
    }

    /**
     * Names of the libraries that a library needs, itself or through others, and that are not found. Empty for a file that cannot be
     * read as a library of Linux.
     */
    List<String> missing(Path library) {
        List<String> missing = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        Deque<Path> open = new ArrayDeque<>(List.of(library));
        while (!open.isEmpty()) {
            SharedLibrary next;
            try {
                next = SharedLibrary.read(open.remove());
            } catch (IOException e) {
                continue;
            }
            for (String name : next.needed()) {
                if (seen.add(name)) {
                    find(name, next.folders()).ifPresentOrElse(open::add, () -> missing.add(name));
                }
            }
        }
        return missing;
    }

    /** The version in the name of the file that a library's name leads to: {@code 12.8.90} of {@code libcudart.so.12}. */
    public Optional<String> version(String name) {
        return find(name).map(file -> {
            String real = realName(file);
            int at = real.indexOf(".so.");
            return at < 0 ? "" : real.substring(at + ".so.".length());
        });
    }

    private static String realName(Path file) {
        try {
            return String.valueOf(file.toRealPath().getFileName());
        } catch (IOException e) {
            return String.valueOf(file.getFileName());
        }
    }
}
