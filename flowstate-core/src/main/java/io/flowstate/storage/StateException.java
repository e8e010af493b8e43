package io.flowstate.storage;

/**
 * The root of everything that FlowState throws of itself; unchecked. Wrong arguments are
 * {@link IllegalArgumentException} or {@link NullPointerException}, calls at the wrong
 * time {@link IllegalStateException}.
 */
public class StateException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception.
     * @param message what was expected, what was found, where, and what to do
     */
    public StateException(String message) {
        super(message);
    }

    /**
     * Creates an exception with its cause.
     * @param message what was expected, what was found, where, and what to do
     * @param cause the error underneath
     */
    public StateException(String message, Throwable cause) {
        super(message, cause);
    }

}
