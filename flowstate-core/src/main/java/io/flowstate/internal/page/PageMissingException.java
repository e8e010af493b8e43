package io.flowstate.internal.page;

/**
 * Ends an action that needs a page which is not in memory. Carries no stack trace: it is
 * no error, but the way out to where waiting is allowed.
 */
@SuppressWarnings("serial") // never serialized
public final class PageMissingException extends RuntimeException {

    private final int page;

    public PageMissingException(int page) {
        super("page " + page + " is not in memory", null, false, false);
        this.page = page;
    }

    /** The number of the page. */
    public int page() {
        return this.page;
    }

}
