package io.flowstate.storage;

/**
 * A file or blob was written in a format that this version does not read: too new or too
 * old, but not damaged.
 */
public final class IncompatibleFormatException extends StateException {

    private static final long serialVersionUID = 1L;

    private final int found;

    private final int supported;

    /**
     * Creates an exception.
     * @param resource the file or blob
     * @param found the format version it carries
     * @param supported the format version this version reads
     */
    public IncompatibleFormatException(String resource, int found, int supported) {
        super(resource + " has format version " + found + ((found > supported) ? ", too new" : ", too old")
                + " for this version of FlowState, which reads " + supported);
        this.found = found;
        this.supported = supported;
    }

    /**
     * The format version that the resource carries.
     * @return the version found
     */
    public int found() {
        return this.found;
    }

    /**
     * The format version that is understood.
     * @return the version supported
     */
    public int supported() {
        return this.supported;
    }

}
