package io.flowstate.storage;

/**
 * The medium has no room left. Earlier checkpoints are intact; once there is room the
 * call can be made again.
 */
public final class StorageFullException extends StateException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception.
     * @param message what was expected, what was found, where, and what to do
     */
    public StorageFullException(String message) {
        super(message);
    }

    /**
     * Creates an exception with its cause.
     * @param message what was expected, what was found, where, and what to do
     * @param cause the error underneath
     */
    public StorageFullException(String message, Throwable cause) {
        super(message, cause);
    }

}
