package io.flowstate.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

import org.rocksdb.Checkpoint;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/**
 * RocksDB set up as in {@link RocksDbStore}; an addition is a read and a write. A
 * checkpoint is its own: the memtable flushed, then hard links to all files, in the
 * writer's thread, since only so it holds exactly what was done before. Opened is the
 * newest of them; the one before is deleted.
 */
final class CountingRocksDb implements CountingStore {

    private static final long DONE = -1;

    private final Path newest;

    private final RocksDbTuning tuning;

    private final RocksDB store;

    private final byte[] key = new byte[Long.BYTES];

    private final byte[] count = new byte[Long.BYTES];

    private final long recovered;

    CountingRocksDb(Path directory, long memoryBytes) {
        this.newest = directory.resolve("checkpoint");
        this.tuning = new RocksDbTuning(memoryBytes).singleKeys();
        this.store = this.tuning.open(Files.exists(this.newest) ? this.newest : directory.resolve("rocksdb"));
        this.recovered = get(DONE);
    }

    private byte[] key(long number) {
        ByteBuffer.wrap(this.key).putLong(number);
        return this.key;
    }

    @Override
    public String settings() {
        return this.tuning.settings();
    }

    @Override
    public void set(long number, long value) {
        ByteBuffer.wrap(this.count).putLong(value);
        try {
            this.store.put(this.tuning.writing, key(number), this.count);
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
            int length = this.store.get(this.tuning.reading, key(number), this.count);
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
        this.tuning.close();
    }

}
