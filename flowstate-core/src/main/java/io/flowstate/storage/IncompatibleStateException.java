package io.flowstate.storage;

/**
 * A state exists under this name with another kind or another serializer, or does not fit
 * the settings.
 */
public final class IncompatibleStateException extends StateException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception.
     * @param message what was expected, what was found, where, and what to do
     */
    public IncompatibleStateException(String message) {
        super(message);
    }

    /**
     * Creates an exception with its cause.
     * @param message what was expected, what was found, where, and what to do
     * @param cause the error underneath
     */
    public IncompatibleStateException(String message, Throwable cause) {
        super(message, cause);
    }

}
