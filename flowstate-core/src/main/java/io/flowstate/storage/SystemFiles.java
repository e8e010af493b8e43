package io.flowstate.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file system of the machine.
 *
 * <p>
 * A {@link java.nio.channels.FileChannel} is closed when a thread inside it is
 * interrupted, and threads of the user read here. So files are
 * {@link java.io.RandomAccessFile}s (see {@link SystemFile}), and what only a channel can
 * do, locking a file, forcing a directory and opening nothing but what exists, goes
 * through an {@link AsynchronousFileChannel}, which no interrupt closes; nothing
 * asynchronous is ever started on it.
 */
final class SystemFiles implements LocalFiles {

    private static final Logger logger = LoggerFactory.getLogger(SystemFiles.class);

    static final SystemFiles INSTANCE = new SystemFiles();

    private static final boolean WINDOWS = System.getProperty("os.name", "").startsWith("Windows");

    private static final FileAttribute<?>[] NO_ATTRIBUTES = {};

    private static final FileAttribute<?>[] OWNER_ONLY_DIRECTORY = {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")) };

    private static final FileAttribute<?>[] OWNER_ONLY_FILE = {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")) };

    /**
     * Channels on lock files that something else in this process holds: closing one would
     * drop that lock, so they are kept, at most one for each file, and used again.
     * Guarded by this.
     */
    private final Map<Path, AsynchronousFileChannel> keptChannels = new HashMap<>();

    private SystemFiles() {
    }

    /** A local disk answers, or the machine is lost. */
    @Override
    public boolean mayHang() {
        return false;
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        Deque<Path> missing = new ArrayDeque<>();
        Path existing = directory;
        while (existing != null && !Files.exists(existing)) {
            missing.push(existing);
            existing = existing.getParent();
        }
        if (existing != null && !Files.isDirectory(existing)) {
            throw new FileAlreadyExistsException(existing.toString(), null, "a file, not a directory, is in its place");
        }
        if (existing != null && existing.getParent() != null) {
            // Whoever made it may have died before its name was durable.
            forceIfPermitted(existing.getParent());
        }
        Path parent = existing;
        for (Path next : missing) {
            createDirectory(next);
            if (parent != null) {
                forceDirectory(parent);
            }
            parent = next;
        }
    }

    private void createDirectory(Path directory) throws IOException {
        try {
            Files.createDirectory(directory, modes(directory, OWNER_ONLY_DIRECTORY));
        }
        catch (FileAlreadyExistsException ex) {
            if (!Files.isDirectory(directory)) {
                throw ex;
            }
        }
    }

    private void forceIfPermitted(Path directory) throws IOException {
        try {
            forceDirectory(directory);
        }
        catch (AccessDeniedException ex) {
            // A directory above ours that we may pass through but not read: its owner
            // made the name below it, and answers for it.
            return;
        }
    }

    @Override
    public LocalFile create(Path file) throws IOException {
        Files.createFile(file, modes(file, OWNER_ONLY_FILE));
        return SystemFile.openForWriting(file);
    }

    /** As the operating system does by itself, only sooner. */
    @Override
    public void writeBack(Path file) throws IOException {
        AsynchronousFileChannel channel;
        try {
            channel = AsynchronousFileChannel.open(file, StandardOpenOption.WRITE);
        }
        catch (IOException ex) {
            logger.trace("{} is not written out early", file, ex); // deleted meanwhile
            return;
        }
        try (channel) {
            channel.force(false);
        }
    }

    @Override
    public LocalFile openForReading(Path file) throws IOException {
        return SystemFile.openForReading(file);
    }

    @Override
    public LocalFile openForWriting(Path file) throws IOException {
        // A RandomAccessFile would create it.
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new NoSuchFileException(file.toString());
        }
        return SystemFile.openForWriting(file);
    }

    @Override
    public void rename(Path source, Path target) throws IOException {
        Files.move(source, target, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        if (WINDOWS) {
            // A directory cannot be opened there; NTFS writes names through its journal.
            return;
        }
        try (AsynchronousFileChannel channel = AsynchronousFileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        List<String> names = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                names.add(entry.getFileName().toString());
            }
        }
        catch (DirectoryIteratorException ex) {
            throw ex.getCause();
        }
        return names;
    }

    @Override
    public void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    @Override
    public Path realPath(Path path) throws IOException {
        return path.toRealPath();
    }

    @Override
    public Object fileKey(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        Object key = attributes.fileKey();
        return (key != null) ? key : attributes.creationTime();
    }

    @Override
    public synchronized @Nullable Closeable tryLock(Path file) throws IOException {
        AsynchronousFileChannel kept = this.keptChannels.remove(file);
        AsynchronousFileChannel channel = (kept != null) ? kept : openLockFile(file);
        FileLock lock;
        try {
            lock = channel.tryLock();
        }
        catch (OverlappingFileLockException ex) {
            // Held in this process, past our registry: by another class loader, say.
            this.keptChannels.put(file, channel);
            return null;
        }
        catch (IOException ex) {
            channel.close();
            throw ex;
        }
        if (lock == null) {
            channel.close();
            return null;
        }
        return channel;
    }

    private static AsynchronousFileChannel openLockFile(Path file) throws IOException {
        return AsynchronousFileChannel.open(file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), null,
                modes(file, OWNER_ONLY_FILE));
    }

    private static FileAttribute<?>[] modes(Path path, FileAttribute<?>[] ownerOnly) {
        boolean known = path.getFileSystem().supportedFileAttributeViews().contains("posix");
        return known ? ownerOnly : NO_ATTRIBUTES;
    }

    @Override
    public String toString() {
        return "the file system";
    }

}
