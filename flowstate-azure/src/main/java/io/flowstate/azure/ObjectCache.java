package io.flowstate.azure;

import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.StorageUnavailableException;

/**
 * Keeps chunks of objects in files of a local directory, so that the service is asked
 * less. A file has the blocks of one chunk as they are in the object, checksums included,
 * and is verified each time it is read: what is damaged is deleted and counts as not
 * there. Names are used once ever, so a file never has to be replaced, and what an
 * earlier process has left is used again.
 *
 * <pre>
 *   DIRECTORY/PLACE/SEGMENT_START-LENGTH-TOKEN.FORMAT_CHUNK     PLACE: a hash of the prefix' URL
 * </pre>
 *
 * At most {@code cache-size} bytes, and what is being written: those not used for longest
 * go first. A cache that cannot be written is a slow one, not an error. Files of other
 * names are left alone. Thread-safe.
 */
final class ObjectCache {

    private static final Logger logger = LoggerFactory.getLogger(ObjectCache.class);

    private static final Pattern NAME = Pattern.compile("[a-z0-9-]+_[0-9a-f-]+\\.[0-9]+_[0-9a-f]{8}");

    private static final Pattern TEMPORARY_NAME = Pattern.compile(NAME + "_[0-9a-f-]{36}\\.tmp");

    private final Path directory;

    private final long mostBytes;

    /** By file name, longest unused first; guarded by itself. */
    private final Map<String, Long> sizes = new LinkedHashMap<>(16, 0.75f, true);

    private long bytes; // guarded by sizes

    private final AtomicLong failures = new AtomicLong();

    private ObjectCache(Path directory, long mostBytes) {
        this.directory = directory;
        this.mostBytes = mostBytes;
    }

    /**
     * Opens the cache of a place with what is in it.
     * @param parent created if it is missing
     * @param mostBytes its bound
     * @param place the URL of the prefix
     */
    static ObjectCache open(Path parent, long mostBytes, String place) {
        UUID hash = UUID.nameUUIDFromBytes(place.getBytes(StandardCharsets.UTF_8));
        ObjectCache cache = new ObjectCache(parent.resolve(hash.toString()), mostBytes);
        try {
            Files.createDirectories(cache.directory, permissions("rwx------"));
            cache.load();
        }
        catch (IOException ex) {
            throw new StorageUnavailableException(
                    "cannot use the cache in " + cache.directory
                            + "; give the user of this process the right to write there, or choose another cache-dir",
                    ex);
        }
        return cache;
    }

    private static FileAttribute<?>[] permissions(String text) {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] { PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(text)) }
                : new FileAttribute<?>[0];
    }

    private void load() throws IOException {
        record Found(String name, long size, long lastUsed) {
        }
        List<Found> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(this.directory)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                String name = file.getFileName().toString();
                if (TEMPORARY_NAME.matcher(name).matches()) {
                    Files.deleteIfExists(file);
                }
                else if (NAME.matcher(name).matches()) {
                    found.add(new Found(name, Files.size(file), Files.getLastModifiedTime(file).toMillis()));
                }
            }
        }
        catch (UncheckedIOException ex) {
            throw new IOException(ex);
        }
        found.sort(Comparator.comparingLong(Found::lastUsed));
        found.forEach((file) -> added(file.name(), file.size()));
    }

    /**
     * Reads a chunk.
     * @param object the object
     * @param number the number of the chunk
     * @param resource the segment, for messages
     * @return its data, verified, or null if it is not there
     */
    byte @Nullable [] read(ObjectName object, int number, String resource) {
        String name = name(object, number);
        synchronized (this.sizes) {
            if (this.sizes.get(name) == null) {
                return null;
            }
        }
        Path file = this.directory.resolve(name);
        try {
            byte[] stored = readFile(file);
            byte[] data = ObjectBlocks.open(object, number * ObjectReads.CHUNK_BLOCKS, stored, resource);
            int expected = (int) Math.min(ObjectReads.CHUNK_BYTES,
                    object.length() - (long) number * ObjectReads.CHUNK_BYTES);
            if (data.length == expected) {
                return data;
            }
            logger.warn("{} has {} bytes of data where {} were kept; fetched again", file, data.length, expected);
        }
        catch (CorruptStateException ex) {
            logger.warn("{} is damaged and is fetched again: {}", file, ex.getMessage());
        }
        catch (FileNotFoundException ex) {
            logger.debug("{} has gone", file, ex);
        }
        catch (IOException ex) {
            failed("read", file, ex);
        }
        remove(name);
        return null;
    }

    /** Reads no more than a chunk has. Not through a channel: interrupts close those. */
    private static byte[] readFile(Path file) throws IOException {
        try (FileInputStream input = new FileInputStream(file.toFile())) {
            return input.readNBytes(ObjectReads.CHUNK_BLOCKS * ObjectBlocks.BLOCK_BYTES + 1);
        }
    }

    /**
     * Keeps a chunk.
     * @param object the object
     * @param number the number of the chunk
     * @param blocks has the blocks of the chunk, checksums included
     * @param from where they begin
     * @param count how many bytes they have
     */
    void write(ObjectName object, int number, byte[] blocks, int from, int count) {
        write(name(object, number), List.of(ByteBuffer.wrap(blocks, from, count)), count);
    }

    /** Keeps all chunks of an object that was just written. */
    void write(ObjectName object, List<ByteBuffer> blocks) {
        for (int first = 0; first < blocks.size(); first += ObjectReads.CHUNK_BLOCKS) {
            List<ByteBuffer> chunk = blocks.subList(first, Math.min(blocks.size(), first + ObjectReads.CHUNK_BLOCKS));
            int count = chunk.stream().mapToInt(ByteBuffer::limit).sum();
            write(name(object, first / ObjectReads.CHUNK_BLOCKS), chunk, count);
        }
    }

    private void write(String name, List<ByteBuffer> blocks, int count) {
        if (count > this.mostBytes) {
            return;
        }
        Path temporary = this.directory.resolve(name + "_" + UUID.randomUUID() + ".tmp");
        try {
            byte[] content = new byte[count];
            ByteBuffer all = ByteBuffer.wrap(content);
            blocks.forEach((block) -> all.put(block.duplicate()));
            Files.createFile(temporary, permissions("rw-------"));
            try (FileOutputStream output = new FileOutputStream(temporary.toFile())) {
                output.write(content);
            }
            Files.move(temporary, this.directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            added(name, count);
        }
        catch (IOException ex) {
            failed("write", temporary, ex);
            deleteFile(temporary);
        }
    }

    /** Counts a file, and makes room for it. */
    private void added(String name, long size) {
        List<String> superfluous = new ArrayList<>();
        synchronized (this.sizes) {
            Long before = this.sizes.put(name, size);
            this.bytes += size - ((before != null) ? before : 0);
            Iterator<Map.Entry<String, Long>> eldest = this.sizes.entrySet().iterator();
            while (this.bytes > this.mostBytes && eldest.hasNext()) {
                Map.Entry<String, Long> entry = eldest.next();
                superfluous.add(entry.getKey());
                this.bytes -= entry.getValue();
                eldest.remove();
            }
        }
        superfluous.forEach((file) -> deleteFile(this.directory.resolve(file)));
    }

    /** Deletes what is kept of an object. */
    void forget(ObjectName object) {
        int chunks = (object.length() + ObjectReads.CHUNK_BYTES - 1) / ObjectReads.CHUNK_BYTES;
        for (int number = 0; number < chunks; number++) {
            remove(name(object, number));
        }
    }

    private void remove(String name) {
        synchronized (this.sizes) {
            Long size = this.sizes.remove(name);
            if (size == null) {
                return;
            }
            this.bytes -= size;
        }
        deleteFile(this.directory.resolve(name));
    }

    private void deleteFile(Path file) {
        try {
            Files.deleteIfExists(file);
        }
        catch (IOException ex) {
            failed("delete", file, ex);
        }
    }

    private void failed(String attempted, Path file, IOException ex) {
        if (this.failures.getAndIncrement() == 0) {
            logger.warn("Cannot {} {} in the cache; the service is asked instead. Further failures are not logged",
                    attempted, file, ex);
        }
    }

    private static String name(ObjectName object, int number) {
        return object.path().replace('/', '_') + "_" + HexFormat.of().toHexDigits(number);
    }

    /** Whether so many bytes more would push nothing out. */
    boolean hasRoom(long count) {
        synchronized (this.sizes) {
            return this.bytes + count <= this.mostBytes;
        }
    }

    /** Whether a chunk is kept, damaged or not. */
    boolean has(ObjectName object, int number) {
        synchronized (this.sizes) {
            return this.sizes.containsKey(name(object, number));
        }
    }

    /** The bytes of all files. */
    long bytes() {
        synchronized (this.sizes) {
            return this.bytes;
        }
    }

}
