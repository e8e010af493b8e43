package io.flowstate.storage;

/**
 * The state manager has given up for good and must be closed and opened again. The cause
 * says why.
 */
public final class StateFailedException extends StateException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception.
     * @param message what was expected, what was found, where, and what to do
     */
    public StateFailedException(String message) {
        super(message);
    }

    /**
     * Creates an exception with its cause.
     * @param message what was expected, what was found, where, and what to do
     * @param cause the error underneath
     */
    public StateFailedException(String message, Throwable cause) {
        super(message, cause);
    }

}
