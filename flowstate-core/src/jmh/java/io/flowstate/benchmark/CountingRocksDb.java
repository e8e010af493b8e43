package io.flowstate.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Checkpoint;
import org.rocksdb.CompressionType;
import org.rocksdb.DataBlockIndexType;
import org.rocksdb.HyperClockCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteOptions;

/**
 * RocksDB set up as in {@link RocksDbStore}; an addition is a read and a write. A
 * checkpoint is its own: the memtable flushed, then hard links to all files, in the
 * writer's thread, since only so it holds exactly what was done before. Opened is the
 * newest of them; the one before is deleted.
 */
final class CountingRocksDb implements CountingStore {

    private static final long DONE = -1;

    static {
        RocksDB.loadLibrary();
    }

    private final Path newest;

    private final String settings;

    private final Options options;

    private final HyperClockCache cache;

    private final BloomFilter filter = new BloomFilter(10, false);

    private final ReadOptions reading = new ReadOptions().setVerifyChecksums(true);

    private final WriteOptions writing = new WriteOptions().setDisableWAL(true);

    private final RocksDB store;

    private final byte[] key = new byte[Long.BYTES];

    private final byte[] count = new byte[Long.BYTES];

    private final long recovered;

    CountingRocksDb(Path directory, long memoryBytes) {
        this.newest = directory.resolve("checkpoint");
        long memtableBytes = memoryBytes / 8;
        long cacheBytes = memoryBytes - 2 * memtableBytes;
        this.cache = new HyperClockCache(cacheBytes, 0, -1, false);
        this.settings = "block cache " + (cacheBytes >> 20) + " MB, 2 memtables of " + (memtableBytes >> 20)
                + " MB, WAL off, no compression, bloom filter of 10 bits, block hash index, checksums verified";
        this.options = new Options().setCreateIfMissing(true)
            .setCompressionType(CompressionType.NO_COMPRESSION)
            .setBottommostCompressionType(CompressionType.NO_COMPRESSION)
            .setWriteBufferSize(memtableBytes)
            .setMaxWriteBufferNumber(2)
            .setMaxBackgroundJobs(2)
            .setLevelCompactionDynamicLevelBytes(true)
            .setTableFormatConfig(new BlockBasedTableConfig().setBlockCache(this.cache)
                .setFilterPolicy(this.filter)
                .setWholeKeyFiltering(true)
                .setDataBlockIndexType(DataBlockIndexType.kDataBlockBinaryAndHash)
                .setDataBlockHashTableUtilRatio(0.75));
        Path opened = Files.exists(this.newest) ? this.newest : directory.resolve("rocksdb");
        try {
            this.store = RocksDB.open(this.options, opened.toString());
        }
        catch (RocksDBException ex) {
            throw new IllegalStateException(ex);
        }
        this.recovered = get(DONE);
    }

    private byte[] key(long number) {
        ByteBuffer.wrap(this.key).putLong(number);
        return this.key;
    }

    @Override
    public String settings() {
        return this.settings;
    }

    @Override
    public void set(long number, long value) {
        ByteBuffer.wrap(this.count).putLong(value);
        try {
            this.store.put(this.writing, key(number), this.count);
        }
        catch (RocksDBException ex) {
            throw new IllegalStateException(ex);
        }
    }

    @Override
    public long add(long number) {
        long sum = get(number) + 1;
        set(number, sum);
        return sum;
    }

    @Override
    public long get(long number) {
        try {
            int length = this.store.get(this.reading, key(number), this.count);
            return (length != RocksDB.NOT_FOUND) ? ByteBuffer.wrap(this.count).getLong() : 0;
        }
        catch (RocksDBException ex) {
            throw new IllegalStateException(ex);
        }
    }

    @Override
    public Future<?> checkpoint(long done) {
        set(DONE, done);
        Path made = this.newest.resolveSibling("checkpoint.new");
        Path old = this.newest.resolveSibling("checkpoint.old");
        try (Checkpoint checkpoint = Checkpoint.create(this.store)) {
            checkpoint.createCheckpoint(made.toString());
            if (Files.exists(this.newest)) {
                Files.move(this.newest, old, StandardCopyOption.ATOMIC_MOVE);
            }
            Files.move(made, this.newest, StandardCopyOption.ATOMIC_MOVE);
            if (Files.exists(old)) {
                Directories.delete(old);
            }
        }
        catch (RocksDBException ex) {
            throw new IllegalStateException(ex);
        }
        catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public long recovered() {
        return this.recovered;
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

}
