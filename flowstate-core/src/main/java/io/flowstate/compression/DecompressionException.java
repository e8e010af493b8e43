package io.flowstate.compression;

import io.flowstate.storage.CorruptStateException;
import org.jspecify.annotations.Nullable;

/**
 * Says that bytes do not decompress to the page they should. Never reaches a user as it
 * is: who knows where the bytes came from turns it into a {@link CorruptStateException}.
 */
public final class DecompressionException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String expected;

    private final String found;

    DecompressionException(String compression, int expectedBytes, String found) {
        this(compression, expectedBytes, found, null);
    }

    DecompressionException(String compression, int expectedBytes, String found, @Nullable Throwable cause) {
        super("expected " + expectation(compression, expectedBytes) + ", found " + found, cause);
        this.expected = expectation(compression, expectedBytes);
        this.found = found;
    }

    private static String expectation(String compression, int expectedBytes) {
        return "a page of " + expectedBytes + " bytes, compressed with " + compression;
    }

    /**
     * The same, with its place.
     * @param resource the file or blob that the bytes are from
     * @param offset where in it they begin
     * @return the error to throw
     */
    public CorruptStateException at(String resource, long offset) {
        CorruptStateException corrupt = new CorruptStateException(resource, offset, this.expected, this.found);
        corrupt.initCause(this);
        return corrupt;
    }

}
