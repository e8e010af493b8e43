package io.flowstate.storage;

/**
 * Bytes on a medium are not those that were written: damaged, missing or misplaced.
 * Nothing was changed.
 */
public final class CorruptStateException extends StateException {

    private static final long serialVersionUID = 1L;

    private final String resource;

    private final long offset;

    private final String expected;

    private final String found;

    /**
     * Creates an exception.
     * @param resource the file or blob
     * @param offset the byte in it at which the damage shows, 0 if it is missing or
     * damaged as a whole
     * @param expected what should be there
     * @param found what is there
     */
    public CorruptStateException(String resource, long offset, String expected, String found) {
        super(resource + " is damaged at offset " + offset + ": expected " + expected + ", found " + found);
        this.resource = resource;
        this.offset = offset;
        this.expected = expected;
        this.found = found;
    }

    /**
     * The damaged file or blob.
     * @return its path or name
     */
    public String resource() {
        return this.resource;
    }

    /**
     * Where in the resource the damage shows.
     * @return an offset in bytes
     */
    public long offset() {
        return this.offset;
    }

    /**
     * What should be there.
     * @return a description
     */
    public String expected() {
        return this.expected;
    }

    /**
     * What is there.
     * @return a description
     */
    public String found() {
        return this.found;
    }

}
