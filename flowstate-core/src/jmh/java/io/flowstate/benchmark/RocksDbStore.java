package io.flowstate.benchmark;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.LongConsumer;

import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/**
 * RocksDB through its JNI, set up by {@link RocksDbTuning} for single keys and several
 * writers. Arrays are used again by their thread. A read-modify-write is a read and a
 * write, not atomic.
 */
final class RocksDbStore implements BenchmarkedStore {

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final int FILL_BATCH = 1000;

    private final RocksDbTuning tuning;

    private final RocksDB store;

    private final ThreadLocal<Arrays> arrays = ThreadLocal.withInitial(Arrays::new);

    RocksDbStore(Path directory, Memory memory) {
        this.tuning = new RocksDbTuning(memory.bytes()).singleKeys().manyWriters();
        this.store = this.tuning.open(directory.resolve("rocksdb"));
    }

    @Override
    public String settings() {
        return this.tuning.settings();
    }

    @Override
    public void fill(long entries) {
        byte[] value = new byte[Values.LENGTH];
        fill(entries, value, (key) -> Values.fill(value, key));
    }

    @Override
    public void fillCounters(long entries) {
        byte[] count = new byte[Long.BYTES];
        fill(entries, count, (key) -> LONG.set(count, 0, key));
    }

    /** Loads in the order of keys, then compacts, so that a read finds one level. */
    private void fill(long entries, byte[] value, LongConsumer setValue) {
        try (WriteBatch batch = new WriteBatch()) {
            byte[] keyBytes = new byte[Long.BYTES];
            for (long key = 0; key < entries; key++) {
                LONG.set(keyBytes, 0, key);
                setValue.accept(key);
                batch.put(keyBytes, value);
                if (batch.count() == FILL_BATCH || key == entries - 1) {
                    this.store.write(this.tuning.writing, batch);
                    batch.clear();
                }
            }
            this.store.compactRange();
        }
        catch (RocksDBException ex) {
            throw new IllegalStateException(ex);
        }
    }

    @Override
    public byte @Nullable [] get(long key) {
        Arrays own = this.arrays.get();
        return (read(own.key(key), own.value) == Values.LENGTH) ? own.value : null;
    }

    /** By its own call for many keys, which reads blocks of a file together. */
    @Override
    public void getAll(List<Long> keys, BiConsumer<Long, byte @Nullable []> consumer) {
        List<byte[]> asked = keys.stream().map(RocksDbStore::bytesOf).toList();
        try {
            List<byte[]> values = this.store.multiGetAsList(this.tuning.reading, asked);
            for (int i = 0; i < values.size(); i++) {
                consumer.accept(keys.get(i), values.get(i));
            }
        }
        catch (RocksDBException ex) {
            throw new IllegalStateException(ex);
        }
    }

    private static byte[] bytesOf(long key) {
        byte[] bytes = new byte[Long.BYTES];
        LONG.set(bytes, 0, key);
        return bytes;
    }

    private int read(byte[] key, byte[] value) {
        try {
            return this.store.get(this.tuning.reading, key, value);
        }
        catch (RocksDBException ex) {
            throw new IllegalStateException(ex);
        }
    }

    @Override
    public void put(long key, byte[] value) {
        write(this.arrays.get().key(key), value);
    }

    private void write(byte[] key, byte[] value) {
        try {
            this.store.put(this.tuning.writing, key, value);
        }
        catch (RocksDBException ex) {
            throw new IllegalStateException(ex);
        }
    }

    @Override
    public void increment(long key) {
        Arrays own = this.arrays.get();
        byte[] keyBytes = own.key(key);
        read(keyBytes, own.value);
        Values.increment(own.value);
        write(keyBytes, own.value);
    }

    @Override
    public long add(long key, long delta) {
        Arrays own = this.arrays.get();
        byte[] keyBytes = own.key(key);
        read(keyBytes, own.count);
        long sum = (long) LONG.get(own.count, 0) + delta;
        LONG.set(own.count, 0, sum);
        write(keyBytes, own.count);
        return sum;
    }

    @Override
    public void close() {
        this.store.close();
        this.tuning.close();
    }

    /** What one thread hands to the native side. */
    private static final class Arrays {

        private final byte[] key = new byte[Long.BYTES];

        private final byte[] value = new byte[Values.LENGTH];

        private final byte[] count = new byte[Long.BYTES];

        byte[] key(long number) {
            LONG.set(this.key, 0, number);
            return this.key;
        }

    }

}
