package io.flowstate.benchmark;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

import jetbrains.exodus.ArrayByteIterable;
import jetbrains.exodus.ByteIterable;
import jetbrains.exodus.bindings.LongBinding;
import jetbrains.exodus.env.Cursor;
import jetbrains.exodus.env.Environment;
import jetbrains.exodus.env.EnvironmentConfig;
import jetbrains.exodus.env.Environments;
import jetbrains.exodus.env.Store;
import jetbrains.exodus.env.StoreConfig;
import jetbrains.exodus.env.Transaction;
import org.jspecify.annotations.Nullable;

/**
 * Xodus: one open transaction, flushed at each checkpoint, with a sync if it must be
 * durable. What a transaction changed lies on the heap until then, beside the bound, so
 * it is also flushed after some megabytes. Its own collector of garbage works in the
 * background.
 */
final class OrderedXodus implements OrderedStore {

    private final int flushBytes;

    private final String settings;

    private final Environment environment;

    private final Store store;

    private Transaction transaction;

    private long unflushed;

    OrderedXodus(Path directory, OrderedNeeds needs) {
        this.flushBytes = (int) (needs.memoryBytes() / 4);
        long cacheBytes = needs.memoryBytes() - this.flushBytes;
        this.settings = "log cache " + (cacheBytes >> 20) + " MB, flush after " + (this.flushBytes >> 20)
                + " MB, durable writes " + (needs.durable() ? "on" : "off") + ", garbage collection on";
        this.environment = Environments.newInstance(directory.resolve("xodus").toFile(),
                new EnvironmentConfig().setMemoryUsage(cacheBytes)
                    .setLogCacheShared(false)
                    .setLogDurableWrite(needs.durable())
                    .setGcFilesDeletionDelay(0));
        this.store = this.environment.computeInTransaction(
                (opening) -> this.environment.openStore("map", StoreConfig.WITHOUT_DUPLICATES, opening));
        this.transaction = this.environment.beginTransaction();
    }

    @Override
    public String settings() {
        return this.settings;
    }

    @Override
    public void put(long key, byte[] value) {
        this.store.put(this.transaction, LongBinding.longToEntry(key), new ArrayByteIterable(value.clone()));
        this.unflushed += value.length;
        if (this.unflushed > this.flushBytes) {
            flush();
        }
    }

    private void flush() {
        if (!this.transaction.flush()) {
            throw new IllegalStateException("another transaction wrote meanwhile");
        }
        this.unflushed = 0;
    }

    @Override
    public byte @Nullable [] get(long key) {
        ByteIterable value = this.store.get(this.transaction, LongBinding.longToEntry(key));
        return (value != null) ? bytes(value) : null;
    }

    private static byte[] bytes(ByteIterable value) {
        return Arrays.copyOf(value.getBytesUnsafe(), value.getLength());
    }

    @Override
    public int scan(long from, int count) {
        int met = 0;
        try (Cursor cursor = this.store.openCursor(this.transaction)) {
            boolean found = cursor.getSearchKeyRange(LongBinding.longToEntry(from)) != null;
            while (found && met < count) {
                Values.requireSome(cursor.getKey().getLength());
                Values.requireSome(bytes(cursor.getValue()).length);
                met++;
                found = cursor.getNext();
            }
        }
        return met;
    }

    @Override
    public Future<?> checkpoint() {
        flush();
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {
        this.transaction.abort();
        this.environment.close();
    }

}
