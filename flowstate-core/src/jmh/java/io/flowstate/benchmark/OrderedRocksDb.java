package io.flowstate.benchmark;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * RocksDB, set up by {@link RocksDbTuning} for ranges: no hash index in blocks, large
 * values in blob files. A checkpoint is a flush of the memtable by another thread, so
 * that the writer goes on.
 */
final class OrderedRocksDb implements OrderedStore {

    private final RocksDbTuning tuning;

    private final FlushOptions flushing = new FlushOptions().setWaitForFlush(true);

    private final ExecutorService flusher = Executors.newSingleThreadExecutor();

    private final RocksDB store;

    private final byte[] keyBytes = new byte[Long.BYTES];

    OrderedRocksDb(Path directory, OrderedNeeds needs) {
        this.tuning = new RocksDbTuning(needs.memoryBytes());
        if (needs.largeValues()) {
            this.tuning.largeValues();
        }
        this.store = this.tuning.open(directory.resolve("rocksdb"));
    }

    private byte[] key(long key) {
        ByteBuffer.wrap(this.keyBytes).putLong(key);
        return this.keyBytes;
    }

    @Override
    public String settings() {
        return this.tuning.settings();
    }

    @Override
    public void put(long key, byte[] value) {
        try {
            this.store.put(this.tuning.writing, key(key), value);
        }
        catch (RocksDBException ex) {
            throw new IllegalStateException(ex);
        }
    }

    @Override
    public byte @Nullable [] get(long key) {
        try {
            return this.store.get(this.tuning.reading, key(key));
        }
        catch (RocksDBException ex) {
            throw new IllegalStateException(ex);
        }
    }

    @Override
    public int scan(long from, int count) {
        int met = 0;
        try (RocksIterator iterator = this.store.newIterator(this.tuning.reading)) {
            for (iterator.seek(key(from)); iterator.isValid() && met < count; iterator.next()) {
                Values.requireSome(iterator.key().length);
                Values.requireSome(iterator.value().length);
                met++;
            }
        }
        return met;
    }

    @Override
    public Future<?> checkpoint() {
        return this.flusher.submit(() -> {
            this.store.flush(this.flushing);
            return null;
        });
    }

    @Override
    public void close() {
        this.flusher.shutdown();
        this.store.close();
        this.flushing.close();
        this.tuning.close();
    }

}
