package io.flowstate.benchmark;

import java.util.NavigableMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

/** A map of the JDK with boxed keys; a put copies the caller's array. Never durable. */
final class OrderedHeapMap implements OrderedStore {

    private final NavigableMap<Long, byte[]> map;

    OrderedHeapMap(NavigableMap<Long, byte[]> map) {
        this.map = map;
    }

    @Override
    public String settings() {
        return "nothing to set";
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
        for (byte[] value : this.map.tailMap(from).values()) {
            Values.requireSome(value.length);
            if (++met == count) {
                break;
            }
        }
        return met;
    }

    @Override
    public Future<?> checkpoint() {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {
        this.map.clear();
    }

}
