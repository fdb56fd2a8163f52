package dev.reprise.graph.files;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder that appears whole or not at all. Its files are written into a hidden folder first; {@link #publish} puts them in place.
 * Close it in any case: what was not published is deleted, also when the process is asked to end.
 *
 * <pre>
 * parent/.reprise-1f3a/lock        locked while the writer lives
 * parent/.reprise-1f3a/content/    what is written
 * parent/target                    appears by one rename of content
 * </pre>
 *
 * <p>A target that exists and is empty is kept, because it may be a mount point or what a link points to. Then the hidden folder is
 * made inside of it and the files are moved up one by one, the file that makes the folder valid last.
 */
public final class StagedFolder implements Closeable {
    private static final Logger LOGGER = LoggerFactory.getLogger(StagedFolder.class);

    static final String LOCK = "lock";
    private static final String CONTENT = "content";
    private static final String REPLACED = "replaced";
    private static final String PREFIX = ".reprise-";

    private final Path target;
    private final Path staging;
    private final FileChannel lock;
    private final Place place;
    private final Thread atExit = new Thread(this::discardAtExit, "delete unfinished folder");
    /** Files that {@link #publish} moved so far. */
    private final List<Path> moved = new ArrayList<>();

    private boolean published;

    /** What is where the folder will be. */
    private enum Place {
        FREE,
        EMPTY_FOLDER,
        /** A folder that the new one replaces. */
        FOLDER
    }

    private StagedFolder(Path target, Path staging, FileChannel lock, Place place) {
        this.target = target;
        this.staging = staging;
        this.lock = lock;
        this.place = place;
    }

    /**
     * Begins a folder.
     *
     * @param target a folder that does not exist or is empty
     * @throws FileAlreadyExistsException when there is something else
     */
    public static StagedFolder create(Path target) throws IOException {
        Path place = target.toAbsolutePath().normalize();
        FreeFolder.require(place);
        boolean exists = Files.isDirectory(place);
        Path parent = exists ? place : Objects.requireNonNull(place.getParent(), "the root folder exists");
        Files.createDirectories(parent);
        StaleFolders.delete(parent);
        // Not createTempDirectory: its folders can be read by this user only, and the published one would be such a
        // folder.
        return stage(
                place, Files.createDirectory(parent.resolve(hiddenName())), exists ? Place.EMPTY_FOLDER : Place.FREE);
    }

    /**
     * Begins a folder that replaces one. Until it is published the old one stays as it is; a reader finds the old or the new one, or for
     * a moment none.
     *
     * @param target the folder to replace; where there is none, as {@link #create}
     */
    public static StagedFolder replacing(Path target) throws IOException {
        if (!Files.isDirectory(target)) {
            return create(target);
        }
        Path place = target.toRealPath();
        Path parent = Objects.requireNonNull(place.getParent(), "the root folder cannot be replaced");
        StaleFolders.delete(parent);
        return stage(place, Files.createDirectory(parent.resolve(hiddenName())), Place.FOLDER);
    }

    /** A folder for temporary files of this user, never published. */
    public static StagedFolder temporary() throws IOException {
        StaleFolders.delete(Path.of(System.getProperty("java.io.tmpdir")));
        Path staging = Files.createTempDirectory(PREFIX);
        return stage(staging, staging, Place.FREE);
    }

    private static StagedFolder stage(Path target, Path staging, Place place) throws IOException {
        FileChannel lock =
                FileChannel.open(staging.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        StagedFolder folder = new StagedFolder(target, staging, lock, place);
        try {
            Runtime.getRuntime().addShutdownHook(folder.atExit);
            StaleFolders.lock(lock);
            Files.createDirectory(folder.path());
            return folder;
        } catch (IOException | RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    /** A name beside any file name: short, because the other name may be as long as the file system allows. */
    static String hiddenName() {
        return PREFIX + UUID.randomUUID().toString().substring(0, 13);
    }

    static boolean isHidden(Path entry) {
        return String.valueOf(entry.getFileName()).startsWith(PREFIX);
    }

    /** Where to write the files. */
    public Path path() {
        return staging.resolve(CONTENT);
    }

    /**
     * Puts the folder in its place.
     *
     * @param last the file without which a reader does not take the folder for a whole one
     */
    public synchronized void publish(String last) throws IOException {
        if (place == Place.EMPTY_FOLDER) {
            List<Path> files = new ArrayList<>();
            try (DirectoryStream<Path> entries = Files.newDirectoryStream(path())) {
                entries.forEach(files::add);
            }
            files.sort((a, b) -> Boolean.compare(a.endsWith(last), b.endsWith(last)));
            for (Path file : files) {
                Path place = target.resolve(file.getFileName());
                if (Files.exists(place)) {
                    throw FreeFolder.taken(target, "files in it");
                }
                moved.add(Files.move(file, place, StandardCopyOption.ATOMIC_MOVE));
            }
        } else if (place == Place.FOLDER) {
            replace();
        } else {
            Files.move(path(), target, StandardCopyOption.ATOMIC_MOVE);
        }
        published = true;
    }

    private void replace() throws IOException {
        Path old = staging.resolve(REPLACED);
        Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
        try {
            Files.move(path(), target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
            throw e;
        }
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // The process ends already: the shutdown hook deletes too, and either may be first.
            LOGGER.debug("closed while the process ends", e);
        }
        discard();
    }

    /** The writer still runs: under another name the folder gets no new files while it is deleted. */
    private synchronized void discardAtExit() {
        Path renamed = staging.resolveSibling(hiddenName());
        try {
            Files.move(staging, renamed, StandardCopyOption.ATOMIC_MOVE);
            delete(renamed);
        } catch (IOException e) {
            // Open files on Windows.
            LOGGER.debug("{} is not renamed before it is deleted", staging, e);
        }
        discard();
    }

    private synchronized void discard() {
        try {
            lock.close();
            if (!published) {
                for (Path file : moved) {
                    delete(file);
                }
                moved.clear();
            }
            delete(staging);
        } catch (IOException e) {
            // What failed before is the error to report; the next writer deletes the folder when it is old enough.
            LOGGER.warn("cannot delete {}: {}", staging, e.toString());
        }
    }

    static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
        }
    }
}
