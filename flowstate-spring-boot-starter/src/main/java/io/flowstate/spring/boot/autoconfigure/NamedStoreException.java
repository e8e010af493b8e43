package io.flowstate.spring.boot.autoconfigure;

/** Why a store under {@code flowstate.stores} cannot be made: its cause, and its name. */
final class NamedStoreException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String store;

    NamedStoreException(String store, RuntimeException cause) {
        super("in the store " + store + ", " + cause.getMessage(), cause);
        this.store = store;
    }

    /** The name of the store. */
    String store() {
        return this.store;
    }

}
