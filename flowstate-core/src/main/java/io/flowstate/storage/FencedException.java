package io.flowstate.storage;

/**
 * Another writer has taken over the store: this one commits and deletes nothing more.
 */
public final class FencedException extends StateException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception.
     * @param message what was expected, what was found, where, and what to do
     */
    public FencedException(String message) {
        super(message);
    }

    /**
     * Creates an exception with its cause.
     * @param message what was expected, what was found, where, and what to do
     * @param cause the error underneath
     */
    public FencedException(String message, Throwable cause) {
        super(message, cause);
    }

}
