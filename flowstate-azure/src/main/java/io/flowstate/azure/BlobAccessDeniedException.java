package io.flowstate.azure;

import io.flowstate.storage.StateException;

/**
 * The service refused the credentials, or there are none. Not tried again by itself: the
 * call can be made again once the credentials are right.
 */
public final class BlobAccessDeniedException extends StateException {

    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception with its cause.
     * @param message what was tried, where, and what to do
     * @param cause the error underneath, without secrets
     */
    public BlobAccessDeniedException(String message, Throwable cause) {
        super(message, cause);
    }

}
