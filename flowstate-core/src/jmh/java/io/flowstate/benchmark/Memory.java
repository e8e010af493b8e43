package io.flowstate.benchmark;

/** How much memory a store may use for entries. */
public enum Memory {

    /** More than the entries need. */
    IN_MEMORY(1L << 30),

    /** A fraction of what they need. */
    BEYOND(64L << 20);

    private final long bytes;

    Memory(long bytes) {
        this.bytes = bytes;
    }

    long bytes() {
        return this.bytes;
    }

}
