package io.flowstate.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * A checkpoint manager in one directory.
 *
 * <pre>
 *   manifest         see {@link ManifestFormat}
 *   manifest.tmp     the next manifest, until it is renamed; what a crash leaves of it is removed at open
 *   NAME.meta        a metadata object, NAME as in {@link MetadataName}; its bytes and nothing else
 *   flowstate.lock   locked while the directory is open, never deleted, see {@link DirectoryLock}
 *   flowstate.owner  who has it open, for information only
 * </pre>
 *
 * Other files are left alone. The order in which things become durable: a metadata
 * object, its name, the bytes of the new manifest, its name. So no manifest that a power
 * cut leaves mentions a metadata object that it takes away. A file whose force has failed
 * is deleted and written anew, never forced again.
 *
 * <p>
 * A call belongs to the opening that it began in: it goes on with the lock of that
 * opening, and fails with {@link FencedException} if that was closed meanwhile, whoever
 * has opened the directory since. A manifest of an earlier run than the one in place is
 * refused, so a call that begins late, under the lock of the next opening, replaces
 * nothing of it.
 */
final class LocalCheckpointManager implements CheckpointManager {

    private static final String MANIFEST = "manifest";

    private static final String NEXT_MANIFEST = "manifest.tmp";

    private static final String SUFFIX = ".meta";

    private final LocalFiles files;

    /** As it was given; the real path is that of the lock. */
    private final Path givenDirectory;

    private volatile @Nullable DirectoryLock lock; // null while closed

    private volatile long run; // the highest that was found or committed since it was
                               // opened

    LocalCheckpointManager(LocalFiles files, Path directory) {
        this.files = files;
        this.givenDirectory = directory.toAbsolutePath();
    }

    @Override
    public Optional<Manifest> open(String owner) {
        DirectoryLock taken = DirectoryLock.take(this.files, this.givenDirectory, owner);
        boolean opened = false;
        try {
            Optional<Manifest> manifest = recover(taken.directory());
            this.run = manifest.map(Manifest::run).orElse(0L);
            this.lock = taken;
            opened = true;
            return manifest;
        }
        catch (IOException ex) {
            throw StorageErrors.of("open", taken.directory(), ex);
        }
        finally {
            if (!opened) {
                taken.close();
            }
        }
    }

    @Override
    public void setAside(String owner) {
        SetAside.move(this.files, this.givenDirectory, owner,
                (name) -> name.equals(MANIFEST) || name.equals(NEXT_MANIFEST) || parse(name) != null);
    }

    private Optional<Manifest> recover(Path directory) throws IOException {
        List<String> names = this.files.list(directory);
        Optional<Manifest> manifest = Optional.empty();
        if (names.contains(MANIFEST)) {
            manifest = Optional.of(readManifest(directory.resolve(MANIFEST)));
            // Its writer may have died before the name was durable. What is done from
            // here on relies on it.
            this.files.forceDirectory(directory);
        }
        else {
            refuseMetadataWithoutManifest(directory, names);
        }
        this.files.delete(directory.resolve(NEXT_MANIFEST));
        return manifest;
    }

    private Manifest readManifest(Path path) throws IOException {
        try (LocalFiles.LocalFile file = this.files.openForReading(path)) {
            long size = file.size();
            if (size > ManifestFormat.MAX_LENGTH) {
                throw new CorruptStateException(path.toString(), 0, "at most " + ManifestFormat.MAX_LENGTH + " bytes",
                        size + " bytes");
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) size);
            file.read(0, bytes);
            return Manifest.decode(bytes.flip(), path.toString());
        }
    }

    private static void refuseMetadataWithoutManifest(Path directory, List<String> fileNames) {
        for (String fileName : fileNames) {
            String name = parse(fileName);
            if (name != null) {
                throw new CorruptStateException(directory.resolve(MANIFEST).toString(), 0,
                        "a manifest, since there is metadata such as " + fileName, "no file");
            }
        }
    }

    @Override
    public void commit(Manifest manifest) {
        DirectoryLock held = checkOpen();
        held.checkInPlace();
        Path target = held.directory().resolve(MANIFEST);
        Path next = held.directory().resolve(NEXT_MANIFEST);
        ByteBuffer bytes = manifest.encode();
        Manifest.checkNotOvertaken(manifest, this.run, target.toString());
        this.run = manifest.run();
        try {
            this.files.delete(next);
            // After each call that may have taken long: by now the directory may be
            // another's, and what lies under either name as well.
            held.checkInPlace();
            writeForced(next, bytes);
            held.checkInPlace();
            this.files.rename(next, target);
            this.files.forceDirectory(held.directory());
        }
        catch (IOException ex) {
            throw StorageErrors.of("replace", target, ex);
        }
    }

    @Override
    public void write(String name, ByteBuffer content) {
        DirectoryLock held = checkOpen();
        Path path = path(held.directory(), name);
        held.checkInPlace();
        try {
            writeForced(path, content);
            this.files.forceDirectory(held.directory());
            held.checkInPlace();
        }
        catch (FileAlreadyExistsException ex) {
            throw new IllegalArgumentException("metadata object " + path + " exists already", ex);
        }
        catch (IOException ex) {
            StateException failure = StorageErrors.of("write", path, ex);
            deleteAfter(failure, path);
            throw failure;
        }
    }

    private void writeForced(Path path, ByteBuffer content) throws IOException {
        try (LocalFiles.LocalFile file = this.files.create(path)) {
            file.write(0, content);
            file.force();
        }
    }

    private void deleteAfter(StateException failure, Path path) {
        try {
            this.files.delete(path);
        }
        catch (IOException ex) {
            failure.addSuppressed(ex);
        }
    }

    @Override
    public ByteBuffer read(String name, int length) {
        Path path = path(checkOpen().directory(), name);
        if (length < 0) {
            throw new IllegalArgumentException("length must not be negative, but was " + length);
        }
        try (LocalFiles.LocalFile file = this.files.openForReading(path)) {
            long size = file.size();
            if (size != length) {
                throw new CorruptStateException(path.toString(), Math.min(size, length), length + " bytes",
                        size + " bytes");
            }
            ByteBuffer content = ByteBuffer.allocate(length);
            int count = file.read(0, content);
            if (count != length) {
                throw new CorruptStateException(path.toString(), count, length + " bytes", count + " bytes");
            }
            return content.flip();
        }
        catch (NoSuchFileException ex) {
            throw new CorruptStateException(path.toString(), 0, "a metadata file", "no file");
        }
        catch (IOException ex) {
            throw StorageErrors.of("read", path, ex);
        }
    }

    @Override
    public void delete(String name) {
        DirectoryLock held = checkOpen();
        Path path = path(held.directory(), name);
        held.checkInPlace();
        try {
            this.files.delete(path);
        }
        catch (IOException ex) {
            throw StorageErrors.of("delete", path, ex);
        }
    }

    @Override
    public Collection<String> names() {
        Path directory = checkOpen().directory();
        List<String> names = new ArrayList<>();
        try {
            for (String fileName : this.files.list(directory)) {
                String name = parse(fileName);
                if (name != null) {
                    names.add(name);
                }
            }
        }
        catch (IOException ex) {
            throw StorageErrors.of("list", directory, ex);
        }
        return names;
    }

    private static @Nullable String parse(String fileName) {
        if (!fileName.endsWith(SUFFIX)) {
            return null;
        }
        String name = fileName.substring(0, fileName.length() - SUFFIX.length());
        return MetadataName.isValid(name) ? name : null;
    }

    @Override
    public String describe(String name) {
        return path(directory(), name).toString();
    }

    @Override
    public String describeManifest() {
        return directory().resolve(MANIFEST).toString();
    }

    private Path directory() {
        DirectoryLock held = this.lock;
        return (held != null) ? held.directory() : this.givenDirectory;
    }

    private static Path path(Path directory, String name) {
        return directory.resolve(MetadataName.check(name) + SUFFIX);
    }

    private DirectoryLock checkOpen() {
        DirectoryLock held = this.lock;
        if (held == null) {
            throw new IllegalStateException("the checkpoint manager in " + this.givenDirectory + " is not open");
        }
        return held;
    }

    @Override
    public void close() {
        DirectoryLock held = this.lock;
        this.lock = null;
        if (held != null) {
            held.close();
        }
    }

    @Override
    public String toString() {
        return "the checkpoint manager in " + this.givenDirectory;
    }

}
