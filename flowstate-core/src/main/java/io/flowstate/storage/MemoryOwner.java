package io.flowstate.storage;

import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;

/**
 * Holds something in memory for one opener.
 */
final class MemoryOwner {

    private final String resource;

    private final AtomicReference<@Nullable String> owner = new AtomicReference<>();

    MemoryOwner(String resource) {
        this.resource = resource;
    }

    void take(String newOwner) {
        String holder = this.owner.compareAndExchange(null, newOwner);
        if (holder != null) {
            throw new StateLockedException(this.resource, holder);
        }
    }

    boolean isTaken() {
        return this.owner.get() != null;
    }

    void giveFree() {
        this.owner.set(null);
    }

}
