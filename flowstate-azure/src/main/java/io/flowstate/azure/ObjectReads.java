package io.flowstate.azure;

import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.flowstate.storage.CorruptStateException;

/**
 * Brings the bytes of objects in chunks of {@value #CHUNK_BYTES} bytes: from memory, from
 * the local cache if there is one, or from the service. Who reads on where it has read
 * before gets more at once each time, up to {@value #MAX_CHUNKS} chunks in one request.
 * What a request brought stays in memory for a while, at most {@value #MEMORY_BYTES}
 * bytes in all.
 *
 * <p>
 * All that comes from the service or from the cache is verified. What is damaged in the
 * cache is fetched again, what is damaged in the answer of the service once more.
 *
 * <p>
 * Thread-safe. Threads that miss the same chunk at once may each ask for it.
 */
final class ObjectReads {

    static final int CHUNK_BLOCKS = 8;

    static final int CHUNK_BYTES = CHUNK_BLOCKS * ObjectBlocks.DATA_BYTES;

    static final int MAX_CHUNKS = 16;

    static final int MEMORY_BYTES = 16 << 20;

    private static final Logger logger = LoggerFactory.getLogger(ObjectReads.class);

    private final BlobPlace place;

    private final @Nullable ObjectCache cache;

    private final Map<Key, Chunk> memory = new LinkedHashMap<>(16, 0.75f, true); // guarded
                                                                                 // by
                                                                                 // itself

    private long memoryBytes; // guarded by memory

    ObjectReads(BlobPlace place, @Nullable ObjectCache cache) {
        this.place = place;
        this.cache = cache;
    }

    /**
     * Copies bytes of an object.
     * @param object the object
     * @param offset the first byte in it
     * @param target where they go
     * @param at where in the target
     * @param count how many, at least 1; no further than the end of the object
     * @param resource the segment, for messages
     */
    void read(ObjectName object, int offset, byte[] target, int at, int count, String resource) {
        int done = 0;
        while (done < count) {
            int position = offset + done;
            int number = position / CHUNK_BYTES;
            int last = (offset + count - 1) / CHUNK_BYTES;
            byte[] data = chunk(object, number, last - number + 1, resource);
            int from = position - number * CHUNK_BYTES;
            int piece = Math.min(count - done, data.length - from);
            System.arraycopy(data, from, target, at + done, piece);
            done += piece;
        }
    }

    private byte[] chunk(ObjectName object, int number, int wanted, String resource) {
        int window;
        synchronized (this.memory) {
            Chunk found = this.memory.get(new Key(object, number));
            if (found != null) {
                return found.data();
            }
            Chunk before = this.memory.get(new Key(object, number - 1));
            window = (before != null) ? 2 * before.window() : 1;
        }
        ObjectCache local = this.cache;
        byte[] kept = (local != null) ? local.read(object, number, resource) : null;
        if (kept != null) {
            keep(object, number, kept, window);
            return kept;
        }
        int chunks = (object.length() + CHUNK_BYTES - 1) / CHUNK_BYTES;
        int count = Math.min(Math.min(Math.max(window, wanted), MAX_CHUNKS), chunks - number);
        return fetch(object, number, count, resource);
    }

    private byte[] fetch(ObjectName object, int first, int count, String resource) {
        byte[] bytes = download(object, first, count, resource);
        byte[] data;
        try {
            data = ObjectBlocks.open(object, first * CHUNK_BLOCKS, bytes, resource);
        }
        catch (CorruptStateException ex) {
            logger.warn("The service's answer is damaged and is asked for once more: {}", ex.getMessage());
            bytes = download(object, first, count, resource);
            data = ObjectBlocks.open(object, first * CHUNK_BLOCKS, bytes, resource);
        }
        byte[] result = null;
        for (int i = 0; i < count; i++) {
            int from = i * CHUNK_BYTES;
            byte[] piece = Arrays.copyOfRange(data, from, Math.min(data.length, from + CHUNK_BYTES));
            result = (result != null) ? result : piece;
            keep(object, first + i, piece, count);
            if (this.cache != null) {
                int stored = CHUNK_BLOCKS * ObjectBlocks.BLOCK_BYTES;
                this.cache.write(object, first + i, bytes, i * stored, Math.min(stored, bytes.length - i * stored));
            }
        }
        return Objects.requireNonNull(result);
    }

    private byte[] download(ObjectName object, int first, int count, String resource) {
        String name = BlobPlace.LOG + object.path();
        long size = ObjectBlocks.size(object.length());
        long from = (long) first * CHUNK_BLOCKS * ObjectBlocks.BLOCK_BYTES;
        long wanted = Math.min((long) count * CHUNK_BLOCKS * ObjectBlocks.BLOCK_BYTES, size - from);
        byte[] bytes = this.place.requests().call(RequestKind.READ, "read", this.place.describe(name), (attempt) -> {
            try {
                return this.place.get(name, from, wanted).bytes();
            }
            catch (RuntimeException ex) {
                if (BlobErrors.isBlobMissing(ex)) {
                    throw new CorruptStateException(resource, object.start(), "an object " + object.path(), "none");
                }
                throw ex;
            }
        });
        if (bytes.length != wanted) {
            throw new CorruptStateException(resource, object.start(), "an object of " + size + " bytes",
                    (from + bytes.length) + " bytes");
        }
        return bytes;
    }

    private void keep(ObjectName object, int number, byte[] data, int window) {
        synchronized (this.memory) {
            Chunk before = this.memory.put(new Key(object, number), new Chunk(data, Math.min(window, MAX_CHUNKS)));
            this.memoryBytes += data.length - ((before != null) ? before.data().length : 0);
            Iterator<Chunk> eldest = this.memory.values().iterator();
            while (this.memoryBytes > MEMORY_BYTES && eldest.hasNext()) {
                this.memoryBytes -= eldest.next().data().length;
                eldest.remove();
            }
        }
    }

    /** Forgets an object that is being deleted. */
    void forget(ObjectName object) {
        synchronized (this.memory) {
            this.memory.entrySet().removeIf((entry) -> {
                boolean gone = entry.getKey().object().equals(object);
                this.memoryBytes -= gone ? entry.getValue().data().length : 0;
                return gone;
            });
        }
        if (this.cache != null) {
            this.cache.forget(object);
        }
    }

    private record Key(ObjectName object, int number) {
    }

    /** Bytes, and how many chunks came with them in one request. */
    private record Chunk(byte[] data, int window) {
    }

}
