package io.flowstate.azure;

import io.flowstate.storage.StateException;

/** The container does not exist, or is being deleted. */
public final class ContainerMissingException extends StateException {

    private static final long serialVersionUID = 1L;

    private final String resource;

    /**
     * Creates an exception with its cause.
     * @param resource the URL of the blob or container that was asked for, without
     * secrets
     * @param message what was tried, where, and what to do
     * @param cause the error underneath, without secrets
     */
    public ContainerMissingException(String resource, String message, Throwable cause) {
        super(message, cause);
        this.resource = resource;
    }

    /**
     * What was asked for: the container itself or a blob in it.
     * @return its URL, without secrets
     */
    public String resource() {
        return this.resource;
    }

}
