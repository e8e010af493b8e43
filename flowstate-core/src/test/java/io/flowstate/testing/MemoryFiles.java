package io.flowstate.testing;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import io.flowstate.storage.LocalFiles;
import org.jspecify.annotations.Nullable;

/**
 * A file system in memory, empty at first, for any absolute path. Everything in it
 * survives but a power cut, which {@link RecordingFiles} plays. Tests may look at its
 * files and damage them.
 *
 * <p>
 * An open file stays usable after it was deleted or renamed, as on Unix. Any thread may
 * call any method.
 */
public final class MemoryFiles implements LocalFiles {

    /** The files, and null for each directory; guarded by this. */
    private final Map<Path, @Nullable MemoryFile> entries = new TreeMap<>();

    private final Set<MemoryFile> locked = new HashSet<>(); // guarded by this

    /**
     * A file system as this one is now. What is open or locked here is not open or locked
     * there, as if another machine looked at the same disk.
     * @return a copy that shares nothing with this
     */
    public synchronized MemoryFiles copy() {
        MemoryFiles copy = new MemoryFiles();
        this.entries
            .forEach((path, file) -> copy.entries.put(path, (file != null) ? new MemoryFile(file.toBytes()) : null));
        return copy;
    }

    /**
     * The files that exist, directories left out.
     * @return a snapshot, sorted
     */
    public synchronized List<Path> paths() {
        return this.entries.entrySet()
            .stream()
            .filter((entry) -> entry.getValue() != null)
            .map(Map.Entry::getKey)
            .toList();
    }

    /**
     * The directories that exist.
     * @return a snapshot, sorted, parents first
     */
    public synchronized List<Path> directories() {
        return this.entries.entrySet()
            .stream()
            .filter((entry) -> entry.getValue() == null)
            .map(Map.Entry::getKey)
            .toList();
    }

    /**
     * Whether a path is a file or a directory here.
     * @param path the path
     * @return whether it exists
     */
    public synchronized boolean exists(Path path) {
        return isDirectory(normal(path)) || this.entries.containsKey(normal(path));
    }

    /**
     * The content of a file.
     * @param file an existing file
     * @return a copy
     */
    public synchronized byte[] content(Path file) {
        return existing(file).toBytes();
    }

    /**
     * Replaces the content of a file, or makes it, and its directories.
     * @param file a path that is no directory
     * @param content its new content; copied
     */
    public synchronized void replace(Path file, byte[] content) {
        Path path = normal(file);
        makeDirectories(path.getParent());
        MemoryFile present = this.entries.get(path);
        if (present != null) {
            present.set(content);
        }
        else {
            this.entries.put(path, new MemoryFile(content));
        }
    }

    /**
     * Cuts a file off.
     * @param file an existing file
     * @param length its new length, at most the old one
     */
    public synchronized void truncate(Path file, int length) {
        byte[] content = content(file);
        if (length > content.length) {
            throw new IllegalArgumentException(file + " has only " + content.length + " bytes, not " + length);
        }
        replace(file, Arrays.copyOf(content, length));
    }

    /**
     * Inverts bits of one byte.
     * @param file an existing file
     * @param offset which byte
     * @param bits the bits to invert, at least one
     */
    public synchronized void damage(Path file, int offset, int bits) {
        byte[] content = content(file);
        content[offset] ^= (byte) bits;
        replace(file, content);
    }

    /**
     * Deletes a file, or a directory with all that is in it, under whoever has it open.
     * @param path a path; one that does not exist is passed over
     */
    public synchronized void deleteAll(Path path) {
        this.entries.keySet().removeIf((entry) -> entry.startsWith(normal(path)));
    }

    private MemoryFile existing(Path file) {
        MemoryFile present = this.entries.get(normal(file));
        if (present == null) {
            throw new IllegalArgumentException("there is no file " + file + " among " + paths());
        }
        return present;
    }

    @Override
    public boolean mayHang() {
        return false;
    }

    @Override
    public synchronized void createDirectories(Path directory) throws IOException {
        Path path = normal(directory);
        for (Path above = path; above != null; above = above.getParent()) {
            if (this.entries.get(above) != null) {
                throw new FileAlreadyExistsException(above.toString(), null,
                        "a file, not a directory, is in its place");
            }
        }
        makeDirectories(path);
    }

    synchronized void makeDirectories(@Nullable Path directory) {
        if (directory != null && !isDirectory(directory)) {
            makeDirectories(directory.getParent());
            this.entries.put(directory, null);
        }
    }

    private boolean isDirectory(Path path) {
        return path.getParent() == null || (this.entries.containsKey(path) && this.entries.get(path) == null);
    }

    @Override
    public synchronized LocalFile create(Path file) throws IOException {
        Path path = normal(file);
        if (exists(path)) {
            throw new FileAlreadyExistsException(path.toString());
        }
        requireDirectory(path.getParent());
        MemoryFile created = new MemoryFile(new byte[0]);
        this.entries.put(path, created);
        return new OpenMemoryFile(created, true);
    }

    private void requireDirectory(@Nullable Path directory) throws IOException {
        if (directory == null || !isDirectory(directory)) {
            throw new NoSuchFileException(String.valueOf(directory));
        }
    }

    @Override
    public LocalFile openForReading(Path file) throws IOException {
        return new OpenMemoryFile(find(file), false);
    }

    @Override
    public LocalFile openForWriting(Path file) throws IOException {
        return new OpenMemoryFile(find(file), true);
    }

    private synchronized MemoryFile find(Path file) throws IOException {
        Path path = normal(file);
        MemoryFile present = this.entries.get(path);
        if (present != null) {
            return present;
        }
        if (isDirectory(path)) {
            throw new FileSystemException(path.toString(), null, "is a directory");
        }
        throw new NoSuchFileException(path.toString());
    }

    @Override
    public synchronized void rename(Path source, Path target) throws IOException {
        MemoryFile moved = find(source);
        requireDirectory(normal(target).getParent());
        this.entries.remove(normal(source));
        this.entries.put(normal(target), moved);
    }

    @Override
    public synchronized void forceDirectory(Path directory) throws IOException {
        requireDirectory(normal(directory));
    }

    @Override
    public synchronized List<String> list(Path directory) throws IOException {
        Path path = normal(directory);
        if (this.entries.get(path) != null) {
            throw new NotDirectoryException(path.toString());
        }
        requireDirectory(path);
        List<String> names = new ArrayList<>();
        for (Path entry : this.entries.keySet()) {
            if (path.equals(entry.getParent())) {
                names.add(entry.getFileName().toString());
            }
        }
        return names;
    }

    @Override
    public synchronized void delete(Path file) throws IOException {
        Path path = normal(file);
        if (isDirectory(path) && !list(path).isEmpty()) {
            throw new DirectoryNotEmptyException(path.toString());
        }
        this.entries.remove(path);
    }

    @Override
    public synchronized Path realPath(Path path) throws IOException {
        if (!exists(path)) {
            throw new NoSuchFileException(path.toString());
        }
        return normal(path);
    }

    @Override
    public Object fileKey(Path file) throws IOException {
        return find(file);
    }

    @Override
    public synchronized @Nullable Closeable tryLock(Path file) throws IOException {
        if (!exists(file)) {
            create(file);
        }
        MemoryFile target = find(file);
        return this.locked.add(target) ? () -> unlock(target) : null;
    }

    private synchronized void unlock(MemoryFile file) {
        this.locked.remove(file);
    }

    private static Path normal(Path path) {
        if (!path.isAbsolute()) {
            throw new IllegalArgumentException("path must be absolute, but was " + path);
        }
        return path.normalize();
    }

    @Override
    public String toString() {
        return "files in memory: " + paths();
    }

}
