package io.flowstate.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.GetOp;
import org.lmdbjava.Txn;

/**
 * LMDB through lmdbjava: one transaction, which is a writing one from the first put to
 * the next checkpoint, else a reading one that stays open. There is no bound on memory to
 * set: the file is mapped. Without durability a commit follows each ten thousand puts and
 * nothing is synced; a commit makes durable otherwise, and the writer waits for it.
 */
final class OrderedLmdb implements OrderedStore {

    private static final int PUTS_PER_COMMIT = 10_000;

    private static final long MAP_BYTES = 16L << 30;

    private final boolean durable;

    private final Env<ByteBuffer> environment;

    private final Dbi<ByteBuffer> map;

    private final ByteBuffer key = ByteBuffer.allocateDirect(Long.BYTES);

    private final ByteBuffer value = ByteBuffer.allocateDirect(1 << 20);

    private @Nullable Txn<ByteBuffer> writing;

    private @Nullable Txn<ByteBuffer> reading;

    private int puts;

    OrderedLmdb(Path directory, OrderedNeeds needs) {
        this.durable = needs.durable();
        Path files = directory.resolve("lmdb");
        try {
            Files.createDirectories(files);
        }
        catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
        EnvFlags[] flags = this.durable ? new EnvFlags[] { EnvFlags.MDB_NOTLS, EnvFlags.MDB_NORDAHEAD }
                : new EnvFlags[] { EnvFlags.MDB_NOTLS, EnvFlags.MDB_NOSYNC };
        this.environment = Env.create().setMapSize(MAP_BYTES).setMaxDbs(1).open(files.toFile(), flags);
        this.map = this.environment.openDbi("map", DbiFlags.MDB_CREATE);
    }

    @Override
    public String settings() {
        return "mapped, no bound on memory, " + (this.durable ? "synced commits, no read-ahead"
                : "MDB_NOSYNC, a commit each " + PUTS_PER_COMMIT + " puts");
    }

    private ByteBuffer key(long number) {
        this.key.clear();
        this.key.putLong(number).flip();
        return this.key;
    }

    @Override
    public void put(long number, byte[] bytes) {
        Txn<ByteBuffer> transaction = this.writing;
        if (transaction == null) {
            endReading();
            transaction = this.environment.txnWrite();
            this.writing = transaction;
        }
        this.value.clear();
        this.value.put(bytes).flip();
        this.map.put(transaction, key(number), this.value);
        if (!this.durable && ++this.puts % PUTS_PER_COMMIT == 0) {
            commit();
        }
    }

    private void endReading() {
        if (this.reading != null) {
            this.reading.close();
            this.reading = null;
        }
    }

    private void commit() {
        if (this.writing != null) {
            this.writing.commit();
            this.writing.close();
            this.writing = null;
        }
    }

    private Txn<ByteBuffer> transaction() {
        if (this.writing != null) {
            return this.writing;
        }
        if (this.reading == null) {
            this.reading = this.environment.txnRead();
        }
        return this.reading;
    }

    @Override
    public byte @Nullable [] get(long number) {
        ByteBuffer found = this.map.get(transaction(), key(number));
        return (found != null) ? bytes(found) : null;
    }

    private static byte[] bytes(ByteBuffer found) {
        byte[] bytes = new byte[found.remaining()];
        found.get(found.position(), bytes);
        return bytes;
    }

    @Override
    public int scan(long from, int count) {
        int met = 0;
        try (Cursor<ByteBuffer> cursor = this.map.openCursor(transaction())) {
            boolean found = cursor.get(key(from), GetOp.MDB_SET_RANGE);
            while (found && met < count) {
                Values.requireSome(cursor.key().remaining());
                Values.requireSome(bytes(cursor.val()).length);
                met++;
                found = cursor.next();
            }
        }
        return met;
    }

    @Override
    public Future<?> checkpoint() {
        commit();
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {
        endReading();
        if (this.writing != null) {
            this.writing.abort();
            this.writing.close();
        }
        this.environment.close();
    }

}
