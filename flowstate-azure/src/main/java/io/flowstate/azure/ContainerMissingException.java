package io.flowstate.azure;

import io.flowstate.storage.StateException;

/** The container does not exist, or is being deleted. */
public final class ContainerMissingException extends StateException {

    private static final long serialVersionUID = 1L;

    private final String container;

    /**
     * Creates an exception with its cause.
     * @param container the URL of the container, without secrets
     * @param message what was tried, where, and what to do
     * @param cause the error underneath, without secrets
     */
    public ContainerMissingException(String container, String message, Throwable cause) {
        super(message, cause);
        this.container = container;
    }

    /**
     * The container that is missing.
     * @return its URL, without secrets
     */
    public String container() {
        return this.container;
    }

}
