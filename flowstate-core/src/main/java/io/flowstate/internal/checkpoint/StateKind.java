package io.flowstate.internal.checkpoint;

/**
 * The kinds of states, with the codes that stand for them in checkpoints.
 */
public enum StateKind {

    /** A map. */
    MAP(1, "map"),

    /** Counters. */
    COUNTERS(2, "counters"),

    /** A single value. */
    VALUE(3, "value"),

    /** A sorted map. */
    SORTED_MAP(4, "sorted map"),

    /** A queue. */
    QUEUE(5, "queue"),

    /** An append log. */
    APPEND(6, "append log");

    private final int code;

    private final String text;

    StateKind(int code, String text) {
        this.code = code;
        this.text = text;
    }

    int code() {
        return this.code;
    }

    static @org.jspecify.annotations.Nullable StateKind ofCode(int code) {
        for (StateKind kind : values()) {
            if (kind.code == code) {
                return kind;
            }
        }
        return null;
    }

    /** Whether states of this kind are made of pages. */
    public boolean isPaged() {
        return this.code >= SORTED_MAP.code;
    }

    @Override
    public String toString() {
        return this.text;
    }

}
