package io.flowstate.storage;

/**
 * A checkpoint did not become durable. Earlier checkpoints are intact and nothing
 * modified was forgotten: the next checkpoint holds it. The cause says why.
 */
public final class CheckpointFailedException extends StateException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception.
     * @param message what was expected, what was found, where, and what to do
     */
    public CheckpointFailedException(String message) {
        super(message);
    }

    /**
     * Creates an exception with its cause.
     * @param message what was expected, what was found, where, and what to do
     * @param cause the error underneath
     */
    public CheckpointFailedException(String message, Throwable cause) {
        super(message, cause);
    }

}
