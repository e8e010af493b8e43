package io.flowstate.storage;

/**
 * Another state manager has the directory or the container prefix open; there is one
 * writer at a time.
 */
public final class StateLockedException extends StateException {

    private static final long serialVersionUID = 1L;

    private final String resource;

    private final String owner;

    /**
     * Creates an exception.
     * @param resource what is locked
     * @param owner who holds it, as far as is known
     */
    public StateLockedException(String resource, String owner) {
        super(resource + " is in use by " + owner
                + "; one state manager at a time may have it open: close the other one, or choose another directory or prefix");
        this.resource = resource;
        this.owner = owner;
    }

    /**
     * What is locked.
     * @return a directory, or the URL of a prefix
     */
    public String resource() {
        return this.resource;
    }

    /**
     * Who holds the lock, for a person to read.
     * @return a description of the owner
     */
    public String owner() {
        return this.owner;
    }

}
