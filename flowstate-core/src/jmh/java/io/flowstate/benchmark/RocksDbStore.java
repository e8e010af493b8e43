package io.flowstate.benchmark;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.function.LongConsumer;

import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.CompressionType;
import org.rocksdb.DataBlockIndexType;
import org.rocksdb.HyperClockCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * RocksDB through its JNI, set up as its tuning guide and its page on point lookups say:
 * no write-ahead log, no compression, whole-key bloom filters of ten bits, hash indexes
 * in data blocks, the cache without locks, checksums verified. Block cache and memtables
 * together have the bound on memory. Arrays are used again by their thread. A
 * read-modify-write is a read and a write, not atomic.
 */
final class RocksDbStore implements BenchmarkedStore {

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final int MEMTABLES = 2;

    private static final int FILL_BATCH = 1000;

    static {
        RocksDB.loadLibrary();
    }

    private final String settings;

    private final Cache cache;

    private final BloomFilter filter = new BloomFilter(10, false);

    private final Options options;

    private final ReadOptions reading = new ReadOptions().setVerifyChecksums(true);

    private final WriteOptions writing = new WriteOptions().setDisableWAL(true);

    private final RocksDB store;

    private final ThreadLocal<Arrays> arrays = ThreadLocal.withInitial(Arrays::new);

    RocksDbStore(Path directory, Memory memory) {
        long memtableBytes = memory.bytes() / 8;
        long cacheBytes = memory.bytes() - MEMTABLES * memtableBytes;
        this.cache = new HyperClockCache(cacheBytes, 0, -1, false);
        this.settings = "block cache " + (cacheBytes >> 20) + " MB (HyperClockCache), " + MEMTABLES + " memtables of "
                + (memtableBytes >> 20) + " MB, WAL off, no compression, bloom filter of 10 bits, block hash index, "
                + "checksums verified, 2 background jobs, allow_concurrent_memtable_write";
        this.options = new Options().setCreateIfMissing(true)
            .setCompressionType(CompressionType.NO_COMPRESSION)
            .setBottommostCompressionType(CompressionType.NO_COMPRESSION)
            .setWriteBufferSize(memtableBytes)
            .setMaxWriteBufferNumber(MEMTABLES)
            .setAllowConcurrentMemtableWrite(true)
            .setEnableWriteThreadAdaptiveYield(true)
            .setMaxBackgroundJobs(2)
            .setLevelCompactionDynamicLevelBytes(true)
            .setTableFormatConfig(new BlockBasedTableConfig().setBlockCache(this.cache)
                .setFilterPolicy(this.filter)
                .setWholeKeyFiltering(true)
                .setDataBlockIndexType(DataBlockIndexType.kDataBlockBinaryAndHash)
                .setDataBlockHashTableUtilRatio(0.75));
        try {
            this.store = RocksDB.open(this.options, directory.resolve("rocksdb").toString());
        }
        catch (RocksDBException ex) {
            throw new IllegalStateException(ex);
        }
    }

    @Override
    public String settings() {
        return this.settings;
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
                    this.store.write(this.writing, batch);
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

    private int read(byte[] key, byte[] value) {
        try {
            return this.store.get(this.reading, key, value);
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
            this.store.put(this.writing, key, value);
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
        this.options.close();
        this.reading.close();
        this.writing.close();
        this.filter.close();
        this.cache.close();
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
