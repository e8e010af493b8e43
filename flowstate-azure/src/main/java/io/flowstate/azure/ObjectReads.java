package io.flowstate.azure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.flowstate.storage.CorruptStateException;

/**
 * Brings the bytes of objects in chunks of {@value #CHUNK_BYTES} bytes: from memory, from
 * the local cache if there is one, or from the service. Who reads on where it has read
 * before gets more at once each time, up to {@value #MAX_CHUNKS} chunks in one request.
 * While there is room in the local cache, {@value #GROUP_CHUNKS} chunks come at least.
 * What a request brought stays in memory for a while, at most {@value #MEMORY_BYTES}
 * bytes in all.
 *
 * <p>
 * All that comes from the service or from the cache is verified. What is damaged in the
 * cache is fetched again, what is damaged in the answer of the service once more.
 *
 * <p>
 * Thread-safe. Threads that miss a chunk that another is fetching wait for that one.
 */
final class ObjectReads {

    static final int CHUNK_BLOCKS = 8;

    static final int CHUNK_BYTES = CHUNK_BLOCKS * ObjectBlocks.DATA_BYTES;

    static final int MAX_CHUNKS = 16;

    static final int GROUP_CHUNKS = 4;

    static final int MEMORY_BYTES = 16 << 20;

    private static final Logger logger = LoggerFactory.getLogger(ObjectReads.class);

    private final BlobPlace place;

    private final @Nullable ObjectCache cache;

    /** Longest unused first; guarded by itself. */
    private final Map<Key, Chunk> memory = new LinkedHashMap<>(16, 0.75f, true);

    /** What is on its way; guarded by memory. */
    private final Map<Key, CompletableFuture<byte[]>> fetching = new HashMap<>();

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
     */
    void read(ObjectName object, int offset, byte[] target, int at, int count) {
        int done = 0;
        while (done < count) {
            int position = offset + done;
            int number = position / CHUNK_BYTES;
            int last = (offset + count - 1) / CHUNK_BYTES;
            byte[] data = chunk(object, number, last - number + 1);
            int from = position - number * CHUNK_BYTES;
            int piece = Math.min(count - done, data.length - from);
            System.arraycopy(data, from, target, at + done, piece);
            done += piece;
        }
    }

    private byte[] chunk(ObjectName object, int number, int wanted) {
        Key key = new Key(object, number);
        synchronized (this.memory) {
            Chunk found = this.memory.get(key);
            if (found != null) {
                return found.data();
            }
        }
        ObjectCache local = this.cache;
        byte[] kept = (local != null) ? local.read(object, number, resource(object)) : null;
        if (kept != null) {
            synchronized (this.memory) {
                keep(key, kept, window(key));
            }
            return kept;
        }
        CompletableFuture<byte[]> underway;
        Claim claim = null;
        synchronized (this.memory) {
            Chunk found = this.memory.get(key);
            if (found != null) {
                return found.data();
            }
            underway = this.fetching.get(key);
            if (underway == null) {
                claim = claim(key, wanted);
                underway = claim.chunks().get(number - claim.first());
            }
        }
        if (claim != null) {
            fetch(object, claim, resource(object));
        }
        return result(underway);
    }

    /** The segment, for messages. */
    private String resource(ObjectName object) {
        return this.place.describe(BlobPlace.LOG + object.segment().name());
    }

    /** What is fetched by another thread takes no longer than its deadline. */
    private static byte[] result(CompletableFuture<byte[]> underway) {
        try {
            return underway.join();
        }
        catch (CompletionException ex) {
            if (ex.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw ex;
        }
    }

    /** How many chunks the next one is fetched with. Under the monitor of memory. */
    private int window(Key key) {
        Chunk before = this.memory.get(new Key(key.object(), key.number() - 1));
        return (before != null) ? Math.min(2 * before.window(), MAX_CHUNKS) : 1;
    }

    /**
     * Chooses what is fetched with a chunk. Under the monitor of memory.
     * @param key the chunk
     * @param wanted how many the caller wants from there on
     */
    private Claim claim(Key key, int wanted) {
        int chunks = (key.object().length() + CHUNK_BYTES - 1) / CHUNK_BYTES;
        int first = key.number();
        int end = first + Math.min(Math.max(window(key), wanted), MAX_CHUNKS);
        ObjectCache local = this.cache;
        if (local != null && local.hasRoom((long) MAX_CHUNKS * CHUNK_BYTES)) {
            // what comes along is kept, and saves a request later
            first -= first % GROUP_CHUNKS;
            end = Math.max(end, first + GROUP_CHUNKS);
        }
        while (first < key.number() && !isAbsent(new Key(key.object(), first))) {
            first++;
        }
        List<CompletableFuture<byte[]>> claimed = new ArrayList<>();
        for (int number = first; number < Math.min(end, chunks); number++) {
            Key each = new Key(key.object(), number);
            if (number > key.number() && !isAbsent(each)) {
                break;
            }
            CompletableFuture<byte[]> chunk = new CompletableFuture<>();
            claimed.add(chunk);
            this.fetching.putIfAbsent(each, chunk);
        }
        return new Claim(first, claimed);
    }

    private boolean isAbsent(Key key) {
        return !this.memory.containsKey(key) && !this.fetching.containsKey(key)
                && (this.cache == null || !this.cache.has(key.object(), key.number()));
    }

    private void fetch(ObjectName object, Claim claim, String resource) {
        int first = claim.first();
        int count = claim.chunks().size();
        try {
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
            for (int i = 0; i < count; i++) {
                keep(object, claim, i, data, bytes);
            }
        }
        catch (Throwable ex) {
            claim.chunks().forEach((chunk) -> chunk.completeExceptionally(ex));
        }
        finally {
            synchronized (this.memory) {
                for (int i = 0; i < count; i++) {
                    this.fetching.remove(new Key(object, first + i), claim.chunks().get(i));
                }
            }
        }
    }

    private void keep(ObjectName object, Claim claim, int index, byte[] data, byte[] stored) {
        int number = claim.first() + index;
        int from = index * CHUNK_BYTES;
        byte[] piece = Arrays.copyOfRange(data, from, Math.min(data.length, from + CHUNK_BYTES));
        synchronized (this.memory) {
            keep(new Key(object, number), piece, claim.chunks().size());
        }
        claim.chunks().get(index).complete(piece);
        if (this.cache != null) {
            int size = CHUNK_BLOCKS * ObjectBlocks.BLOCK_BYTES;
            this.cache.write(object, number, stored, index * size, Math.min(size, stored.length - index * size));
        }
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

    /** Under the monitor of memory. */
    private void keep(Key key, byte[] data, int window) {
        Chunk before = this.memory.put(key, new Chunk(data, Math.min(window, MAX_CHUNKS)));
        this.memoryBytes += data.length - ((before != null) ? before.data().length : 0);
        Iterator<Chunk> eldest = this.memory.values().iterator();
        while (this.memoryBytes > MEMORY_BYTES && eldest.hasNext()) {
            this.memoryBytes -= eldest.next().data().length;
            eldest.remove();
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

    /** Chunks that are being fetched by one thread in one request. */
    private record Claim(int first, List<CompletableFuture<byte[]>> chunks) {
    }

    /** Bytes, and how many chunks came with them in one request. */
    private record Chunk(byte[] data, int window) {
    }

}
