package io.flowstate.spring.boot;

/** Names of stores. */
public final class StoreNames {

    /**
     * What the store that is configured directly under {@code flowstate} is called:
     * {@value}.
     */
    public static final String DEFAULT = "default";

    private StoreNames() {
    }

}
