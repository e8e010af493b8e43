package io.flowstate.spring.boot.store;

/**
 * Sees what takes long in a store begin and end. Called by the thread that does it or
 * waits for it.
 */
@FunctionalInterface
public interface StoreObserver {

    /** Sees nothing. */
    StoreObserver NONE = (operation, store) -> (failure) -> {
    };

    /**
     * Something begins.
     * @param operation what
     * @param store the name of the store
     * @return told of its end
     */
    Observed begin(Operation operation, String store);

    /** What takes long. */
    enum Operation {

        /** From the request of a checkpoint until it is durable. */
        CHECKPOINT,

        /** Opening a store. */
        RECOVERY

    }

    /** Something that has begun. */
    @FunctionalInterface
    interface Observed {

        /**
         * It ended.
         * @param failure why it failed, null if it did not
         */
        void end(@org.jspecify.annotations.Nullable Throwable failure);

    }

}
