package io.flowstate.compression;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Makes the stream that compresses one page, as in {@code DeflaterOutputStream::new}. Any
 * thread may call it, several at once.
 *
 * @see Compression#of(String, CompressFunction, DecompressFunction)
 */
@FunctionalInterface
public interface CompressFunction {

    /**
     * Makes a stream for one page: the page is written to it, then it is closed.
     * @param compressed takes the compressed bytes
     * @return takes the bytes of the page
     * @throws IOException if that cannot be
     */
    OutputStream compress(OutputStream compressed) throws IOException;

}
