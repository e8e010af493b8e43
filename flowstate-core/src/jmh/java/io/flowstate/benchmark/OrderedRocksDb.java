package io.flowstate.benchmark;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.HyperClockCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteOptions;

/**
 * RocksDB as in {@link RocksDbStore}, for ranges: no hash index in blocks. Large values
 * go to blob files with garbage collection, as its guide for them says. A checkpoint is a
 * flush of the memtable by another thread, so that the writer goes on.
 */
final class OrderedRocksDb implements OrderedStore {

    static {
        RocksDB.loadLibrary();
    }

    private final String settings;

    private final Cache cache;

    private final BloomFilter filter = new BloomFilter(10, false);

    private final Options options;

    private final ReadOptions reading = new ReadOptions().setVerifyChecksums(true);

    private final WriteOptions writing = new WriteOptions().setDisableWAL(true);

    private final FlushOptions flushing = new FlushOptions().setWaitForFlush(true);

    private final ExecutorService flusher = Executors.newSingleThreadExecutor();

    private final RocksDB store;

    private final byte[] keyBytes = new byte[Long.BYTES];

    OrderedRocksDb(Path directory, OrderedNeeds needs) {
        long memtableBytes = needs.memoryBytes() / 8;
        long cacheBytes = needs.memoryBytes() - 2 * memtableBytes;
        this.cache = new HyperClockCache(cacheBytes, 0, -1, false);
        this.settings = "block cache " + (cacheBytes >> 20) + " MB, 2 memtables of " + (memtableBytes >> 20)
                + " MB, WAL off, no compression, bloom filter of 10 bits, checksums verified"
                + (needs.largeValues() ? ", blob files from 4 KB with garbage collection" : "");
        this.options = new Options().setCreateIfMissing(true)
            .setCompressionType(CompressionType.NO_COMPRESSION)
            .setBottommostCompressionType(CompressionType.NO_COMPRESSION)
            .setWriteBufferSize(memtableBytes)
            .setMaxWriteBufferNumber(2)
            .setMaxBackgroundJobs(2)
            .setLevelCompactionDynamicLevelBytes(true)
            .setEnableBlobFiles(needs.largeValues())
            .setMinBlobSize(4 << 10)
            .setEnableBlobGarbageCollection(needs.largeValues())
            .setTableFormatConfig(new BlockBasedTableConfig().setBlockCache(this.cache).setFilterPolicy(this.filter));
        try {
            this.store = RocksDB.open(this.options, directory.resolve("rocksdb").toString());
        }
        catch (RocksDBException ex) {
            throw new IllegalStateException(ex);
        }
    }

    private byte[] key(long key) {
        ByteBuffer.wrap(this.keyBytes).putLong(key);
        return this.keyBytes;
    }

    @Override
    public String settings() {
        return this.settings;
    }

    @Override
    public void put(long key, byte[] value) {
        try {
            this.store.put(this.writing, key(key), value);
        }
        catch (RocksDBException ex) {
            throw new IllegalStateException(ex);
        }
    }

    @Override
    public byte @Nullable [] get(long key) {
        try {
            return this.store.get(this.reading, key(key));
        }
        catch (RocksDBException ex) {
            throw new IllegalStateException(ex);
        }
    }

    @Override
    public int scan(long from, int count) {
        int met = 0;
        try (RocksIterator iterator = this.store.newIterator(this.reading)) {
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
        this.options.close();
        this.reading.close();
        this.writing.close();
        this.flushing.close();
        this.filter.close();
        this.cache.close();
    }

}
