package io.flowstate.benchmark;

import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

/**
 * A {@link ConcurrentHashMap} of boxed keys. What is put must be the map's own, so the
 * caller's array is copied.
 */
final class HashMapStore implements BenchmarkedStore {

    private final ConcurrentHashMap<Long, byte[]> map = new ConcurrentHashMap<>();

    private final ConcurrentHashMap<Long, Long> counters = new ConcurrentHashMap<>();

    @Override
    public String settings() {
        return "nothing to set";
    }

    @Override
    public void fill(long entries) {
        for (long key = 0; key < entries; key++) {
            this.map.put(key, Values.of(key));
        }
    }

    @Override
    public void fillCounters(long entries) {
        for (long key = 0; key < entries; key++) {
            this.counters.put(key, key);
        }
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
        this.map.compute(key, (same, old) -> Values.incremented(old));
    }

    @Override
    public long add(long key, long delta) {
        return this.counters.merge(key, delta, Long::sum);
    }

    @Override
    public void close() {
        this.map.clear();
        this.counters.clear();
    }

}
