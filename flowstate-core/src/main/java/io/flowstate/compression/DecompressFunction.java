package io.flowstate.compression;

import java.io.IOException;
import java.io.InputStream;

/**
 * Makes the stream that gives one page back, as in {@code InflaterInputStream::new}. Any
 * thread may call it, several at once.
 *
 * @see Compression#of(String, CompressFunction, DecompressFunction)
 */
@FunctionalInterface
public interface DecompressFunction {

    /**
     * Makes a stream for one page: it is read to its end, then closed.
     * @param compressed gives the compressed bytes and then ends
     * @return gives the bytes of the page and then ends
     * @throws IOException if these are no compressed bytes
     */
    InputStream decompress(InputStream compressed) throws IOException;

}
