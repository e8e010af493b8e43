package io.flowstate.storage;

/**
 * The thread was interrupted while it waited. The call that threw did not happen; the
 * thread's interrupt flag is set again. Of a call that makes many changes one after the
 * other ({@code putAll}, {@code removeRange}, {@code pruneBefore}), those before the wait
 * have been made, each wholly.
 */
public final class StateInterruptedException extends StateException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception.
     * @param message what was expected, what was found, where, and what to do
     */
    public StateInterruptedException(String message) {
        super(message);
    }

    /**
     * Creates an exception with its cause.
     * @param message what was expected, what was found, where, and what to do
     * @param cause the error underneath
     */
    public StateInterruptedException(String message, Throwable cause) {
        super(message, cause);
    }

}
