package io.flowstate.benchmark;

import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.LongDataType;
import org.jspecify.annotations.Nullable;

/**
 * MVStore with its own background thread, which commits and compacts; chunks may be used
 * again at once and one version is kept. A checkpoint is a commit and a sync by another
 * thread, so that the writer goes on.
 */
final class OrderedMvStore implements OrderedStore {

    private final String settings;

    private final MVStore store;

    private final MVMap<Long, byte[]> map;

    private final ExecutorService committer = Executors.newSingleThreadExecutor();

    OrderedMvStore(Path directory, OrderedNeeds needs) {
        int unsaved = needs.megabytes() / 4;
        this.settings = "cache " + (needs.megabytes() - unsaved) + " MB, commit after " + unsaved
                + " MB, no compression, retention time 0";
        this.store = new MVStore.Builder().fileName(directory.resolve("store.mv").toString())
            .cacheSize(needs.megabytes() - unsaved)
            .autoCommitBufferSize(unsaved << 10)
            .open();
        this.store.setRetentionTime(0);
        this.store.setVersionsToKeep(0);
        this.map = this.store.openMap("map",
                new MVMap.Builder<Long, byte[]>().keyType(LongDataType.INSTANCE).valueType(ByteArrayDataType.INSTANCE));
    }

    @Override
    public String settings() {
        return this.settings;
    }

    @Override
    public void put(long key, byte[] value) {
        this.map.put(key, value.clone());
    }

    @Override
    public byte @Nullable [] get(long key) {
        return this.map.get(key);
    }

    @Override
    public int scan(long from, int count) {
        int met = 0;
        Cursor<Long, byte[]> cursor = this.map.cursor(from);
        while (met < count && cursor.hasNext()) {
            cursor.next();
            Values.requireSome(cursor.getValue().length);
            met++;
        }
        return met;
    }

    @Override
    public Future<?> checkpoint() {
        return this.committer.submit(() -> {
            this.store.commit();
            this.store.sync();
        });
    }

    @Override
    public void close() {
        this.committer.shutdown();
        this.store.close(0);
    }

}
