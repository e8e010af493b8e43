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
    VALUE(3, "value");

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

    @Override
    public String toString() {
        return this.text;
    }

}
