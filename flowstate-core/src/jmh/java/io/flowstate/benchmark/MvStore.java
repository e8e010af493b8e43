package io.flowstate.benchmark;

import java.nio.file.Path;

import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.LongDataType;
import org.jspecify.annotations.Nullable;

/**
 * MVStore (H2), a copy-on-write B-tree with a cache on the heap: typed maps, so that it
 * need not guess types, and no commits in the background. Beyond memory it has to write
 * what was changed, so there a commit follows once a quarter of the bound is unsaved. A
 * read-modify-write is a read and a write, not atomic.
 */
final class MvStore implements BenchmarkedStore {

    private final String settings;

    private final MVStore store;

    private final MVMap<Long, byte[]> map;

    private final MVMap<Long, Long> counters;

    MvStore(Path directory, Memory memory) {
        int megabytes = (int) (memory.bytes() >> 20);
        MVStore.Builder builder = new MVStore.Builder().fileName(directory.resolve("store.mv").toString())
            .cacheSize(megabytes)
            .autoCommitDisabled();
        this.settings = "cache " + megabytes + " MB, no compression, auto-commit off"
                + ((memory == Memory.BEYOND) ? ", commit after " + megabytes / 4 + " MB" : "");
        if (memory == Memory.BEYOND) {
            builder.autoCommitBufferSize(megabytes * 1024 / 4);
        }
        this.store = builder.open();
        this.map = this.store.openMap("map",
                new MVMap.Builder<Long, byte[]>().keyType(LongDataType.INSTANCE).valueType(ByteArrayDataType.INSTANCE));
        this.counters = this.store.openMap("counters",
                new MVMap.Builder<Long, Long>().keyType(LongDataType.INSTANCE).valueType(LongDataType.INSTANCE));
    }

    @Override
    public String settings() {
        return this.settings;
    }

    @Override
    public void fill(long entries) {
        for (long key = 0; key < entries; key++) {
            this.map.put(key, Values.of(key));
        }
        this.store.commit();
    }

    @Override
    public void fillCounters(long entries) {
        for (long key = 0; key < entries; key++) {
            this.counters.put(key, key);
        }
        this.store.commit();
    }

    @Override
    public byte @Nullable [] get(long key) {
        return this.map.get(key);
    }

    @Override
    public void put(long key, byte[] value) {
        this.map.put(key, value.clone());
    }

    @Override
    public void increment(long key) {
        this.map.put(key, Values.incremented(this.map.get(key)));
    }

    @Override
    public long add(long key, long delta) {
        long sum = this.counters.get(key) + delta;
        this.counters.put(key, sum);
        return sum;
    }

    @Override
    public void close() {
        this.store.closeImmediately();
    }

}
