package io.flowstate.benchmark;

import java.nio.file.Path;

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
import org.rocksdb.WriteOptions;

/**
 * How RocksDB is set up in all benchmarks, by its tuning guide: no write-ahead log, no
 * compression, bloom filters of ten bits, the cache without locks, checksums verified.
 * Block cache and memtables together have the bound on memory.
 */
final class RocksDbTuning implements AutoCloseable {

    private static final int MEMTABLES = 2;

    static {
        RocksDB.loadLibrary();
    }

    final ReadOptions reading = new ReadOptions().setVerifyChecksums(true);

    final WriteOptions writing = new WriteOptions().setDisableWAL(true);

    private final Cache cache;

    private final BloomFilter filter = new BloomFilter(10, false);

    private final BlockBasedTableConfig table = new BlockBasedTableConfig();

    private final Options options;

    private String settings;

    RocksDbTuning(long memoryBytes) {
        long memtableBytes = memoryBytes / 8;
        long cacheBytes = memoryBytes - MEMTABLES * memtableBytes;
        this.cache = new HyperClockCache(cacheBytes, 0, -1, false);
        this.table.setBlockCache(this.cache).setFilterPolicy(this.filter);
        this.settings = "block cache " + (cacheBytes >> 20) + " MB (HyperClockCache), " + MEMTABLES + " memtables of "
                + (memtableBytes >> 20) + " MB, WAL off, no compression, bloom filter of 10 bits, checksums verified, "
                + "2 background jobs";
        this.options = new Options().setCreateIfMissing(true)
            .setCompressionType(CompressionType.NO_COMPRESSION)
            .setBottommostCompressionType(CompressionType.NO_COMPRESSION)
            .setWriteBufferSize(memtableBytes)
            .setMaxWriteBufferNumber(MEMTABLES)
            .setMaxBackgroundJobs(2)
            .setLevelCompactionDynamicLevelBytes(true);
    }

    /**
     * For reads of single keys: whole keys in the filters, hash indexes in data blocks.
     */
    RocksDbTuning singleKeys() {
        this.table.setWholeKeyFiltering(true)
            .setDataBlockIndexType(DataBlockIndexType.kDataBlockBinaryAndHash)
            .setDataBlockHashTableUtilRatio(0.75);
        this.settings += ", block hash index";
        return this;
    }

    /** For several threads that write. */
    RocksDbTuning manyWriters() {
        this.options.setAllowConcurrentMemtableWrite(true).setEnableWriteThreadAdaptiveYield(true);
        this.settings += ", allow_concurrent_memtable_write";
        return this;
    }

    /** For large values, as the guide for blob files says. */
    RocksDbTuning largeValues() {
        this.options.setEnableBlobFiles(true).setMinBlobSize(4 << 10).setEnableBlobGarbageCollection(true);
        this.settings += ", blob files from 4 KB with garbage collection";
        return this;
    }

    /** What was set, in words. */
    String settings() {
        return this.settings;
    }

    RocksDB open(Path directory) {
        this.options.setTableFormatConfig(this.table);
        try {
            return RocksDB.open(this.options, directory.toString());
        }
        catch (RocksDBException ex) {
            throw new IllegalStateException(ex);
        }
    }

    /** After the store was closed. */
    @Override
    public void close() {
        this.options.close();
        this.reading.close();
        this.writing.close();
        this.filter.close();
        this.cache.close();
    }

}
