package dev.reprise.graph.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hidden folders whose writer was killed. A folder is stale when its lock is free and nothing in it changed for an hour. The
 * lock alone is not enough, because some network file systems have none; nor is the time, because a machine may sleep for longer.
 */
final class StaleFolders {
    private static final Logger LOGGER = LoggerFactory.getLogger(StaleFolders.class);
    private static final Duration UNCHANGED = Duration.ofHours(1);

    private StaleFolders() {}

    /** Takes the lock of a folder until the channel is closed. On a file system without locks the time alone counts. */
    static void lock(FileChannel channel) {
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                throw new IllegalStateException("another process locked a folder that was just made");
            }
        } catch (IOException e) {
            LOGGER.debug("this file system has no file locks: the time alone says whether a folder is stale", e);
        }
    }

    /** Deletes the stale folders in a folder. What cannot be deleted stays. */
    static void delete(Path parent) {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(parent, StagedFolder::isHidden)) {
            for (Path entry : entries) {
                deleteIfStale(entry);
            }
        } catch (IOException | DirectoryIteratorException e) {
            LOGGER.debug("cannot look for unfinished folders in {}", parent, e);
        }
    }

    private static void deleteIfStale(Path folder) {
        try {
            if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS) && isUnchanged(folder) && isUnlocked(folder)) {
                StagedFolder.delete(folder);
                LOGGER.info("deleted {}, which a writer that was killed left behind", folder);
            }
        } catch (IOException | UncheckedIOException e) {
            // Another user's, or deleted by another process meanwhile.
            LOGGER.debug("{} stays", folder, e);
        }
    }

    private static boolean isUnchanged(Path folder) throws IOException {
        Instant limit = Instant.now().minus(UNCHANGED);
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.toList()) {
                if (Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS)
                        .toInstant()
                        .isAfter(limit)) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean isUnlocked(Path folder) throws IOException {
        Path file = folder.resolve(StagedFolder.LOCK);
        if (!Files.exists(file)) {
            return true;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }
}
