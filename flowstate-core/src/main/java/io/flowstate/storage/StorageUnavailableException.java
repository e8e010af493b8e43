package io.flowstate.storage;

/**
 * The medium did not do what was asked of it, for now. Earlier checkpoints are intact;
 * the call can be made again.
 */
public final class StorageUnavailableException extends StateException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception.
     * @param message what was expected, what was found, where, and what to do
     */
    public StorageUnavailableException(String message) {
        super(message);
    }

    /**
     * Creates an exception with its cause.
     * @param message what was expected, what was found, where, and what to do
     * @param cause the error underneath
     */
    public StorageUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }

}
