package dev.reprise.graph.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class StagedFolderTest {
    @TempDir
    private Path parent;

    @Test
    void appearsWhole() throws IOException {
        Path target = parent.resolve("deep/target");
        try (StagedFolder folder = StagedFolder.create(target)) {
            Files.writeString(folder.path().resolve("last.json"), "{}");
            assertThat(target).doesNotExist();
            folder.publish("last.json");
            assertThat(target.resolve("last.json")).hasContent("{}");
        }

        assertThat(names(parent.resolve("deep"))).containsExactly("target");
    }

    @Test
    void leavesNothingWhenItIsNotPublished() throws IOException {
        try (StagedFolder folder = StagedFolder.create(parent.resolve("target"))) {
            Files.writeString(folder.path().resolve("file"), "x");
        }

        assertThat(names(parent)).isEmpty();
    }

    /** A mount point cannot be renamed over; the inode tells whether it is still the same folder. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void keepsAnEmptyFolder() throws IOException {
        Path target = Files.createDirectory(parent.resolve("target"));
        Object inode = Files.getAttribute(target, "unix:ino");
        Files.createDirectory(target.resolve("lost+found"));
        try (StagedFolder folder = StagedFolder.create(target)) {
            Files.createDirectory(folder.path().resolve("segments"));
            Files.writeString(folder.path().resolve("segments/0"), "0");
            Files.writeString(folder.path().resolve("last"), "1");
            folder.publish("last");
        }

        assertThat(Files.getAttribute(target, "unix:ino")).isEqualTo(inode);
        assertThat(names(target)).containsExactlyInAnyOrder("lost+found", "segments", "last");
        assertThat(names(parent)).containsExactly("target");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void writesWhereALinkPoints() throws IOException {
        Path real = Files.createDirectory(parent.resolve("real"));
        Path link = Files.createSymbolicLink(parent.resolve("link"), real);
        try (StagedFolder folder = StagedFolder.create(link)) {
            Files.writeString(folder.path().resolve("last"), "1");
            folder.publish("last");
        }

        assertThat(link).isSymbolicLink();
        assertThat(real.resolve("last")).hasContent("1");
    }

    @Test
    void emptiesAFolderAgainThatCouldNotBeFilled() throws IOException {
        Path target = Files.createDirectory(parent.resolve("target"));
        try (StagedFolder folder = StagedFolder.create(target)) {
            Files.writeString(folder.path().resolve("a"), "1");
            Files.writeString(folder.path().resolve("last"), "1");
            Files.writeString(target.resolve("last"), "somebody else's");
            assertThatThrownBy(() -> folder.publish("last")).isInstanceOf(FileAlreadyExistsException.class);
        }

        assertThat(names(target)).containsExactly("last");
        assertThat(target.resolve("last")).hasContent("somebody else's");
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void namesMayBeAsLongAsTheFileSystemAllows() throws IOException {
        Path target = parent.resolve("n".repeat(255));
        try (StagedFolder folder = StagedFolder.create(target)) {
            folder.publish("last");
        }
        assertThat(target).isDirectory();
        Path file = parent.resolve("f".repeat(255));
        WholeFile.write(file, new byte[3]);
        assertThat(file).hasSize(3);
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void refusesBeforeTheWorkWhatCannotBeMade() throws IOException {
        Path file = Files.createFile(parent.resolve("file"));
        Path link = Files.createSymbolicLink(parent.resolve("link"), parent.resolve("nowhere"));

        assertThatThrownBy(() -> FreeFolder.require(file)).hasMessageEndingWith("found a file");
        assertThatThrownBy(() -> FreeFolder.require(parent)).hasMessageEndingWith("found files in it");
        assertThatThrownBy(() -> FreeFolder.require(link)).hasMessageEndingWith("found a link to nothing");
        assertThatThrownBy(() -> FreeFolder.require(parent.resolve("n".repeat(256))))
                .isInstanceOf(FileSystemException.class);
        FreeFolder.require(parent.resolve("new/deep"));
        assertThat(names(parent)).containsExactlyInAnyOrder("file", "link");
    }

    @Test
    void deletesWhatAKilledWriterLeft() throws IOException {
        Path stale = unfinished(Duration.ofHours(2));

        StagedFolder.create(parent.resolve("target")).close();

        assertThat(stale).doesNotExist();
    }

    @Test
    void leavesWhatMayStillBeWritten() throws IOException {
        Path recent = unfinished(Duration.ofMinutes(50));
        try (StagedFolder running = StagedFolder.create(parent.resolve("running"))) {
            age(running.path().getParent(), Duration.ofDays(3));
            StagedFolder.create(parent.resolve("target")).close();

            assertThat(running.path()).exists();
        }
        assertThat(recent).exists();
    }

    /** Ends another process as a service manager or a user would (SIGTERM), in the middle of its work. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void leavesNothingWhenTheProcessIsEnded() throws Exception {
        Path existing = Files.createDirectory(parent.resolve("existing"));
        for (Path target : List.of(parent.resolve("target"), existing)) {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            Writer.class.getName(),
                            target.toString())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            assertThat(process.getInputStream().read()).isEqualTo('1');
            process.destroy();
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        }

        assertThat(names(parent)).containsExactly("existing");
        assertThat(names(existing)).isEmpty();
    }

    /** What that process runs: it writes until it is ended. */
    static final class Writer {
        public static void main(String[] args) throws IOException {
            try (StagedFolder folder = StagedFolder.create(Path.of(args[0]))) {
                for (int i = 0; ; i++) {
                    Files.writeString(folder.path().resolve("file" + i % 1000), "x");
                    if (i == 20) {
                        System.out.print('1');
                        System.out.flush();
                    }
                }
            }
        }
    }

    private Path unfinished(Duration age) throws IOException {
        Path folder = Files.createDirectory(parent.resolve(StagedFolder.hiddenName()));
        Files.createFile(folder.resolve(StagedFolder.LOCK));
        Files.createDirectory(folder.resolve("content"));
        Files.writeString(folder.resolve("content/weights.bin"), "x");
        age(folder, age);
        return folder;
    }

    private static void age(Path folder, Duration age) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.toList()) {
                Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
            }
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }
}
