package io.flowstate.compression;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;

import io.flowstate.storage.StateException;
import org.jspecify.annotations.Nullable;

/**
 * Compresses pages through streams that others make, new ones for each page, and trusts
 * none of them: what they return is counted, and what they throw is wrapped.
 */
final class StreamCompressor implements PageCompressor {

    /** What moves at once between a stream and a buffer; no stream gets our arrays. */
    private static final int CHUNK_BYTES = 8 << 10;

    private final String id;

    private final CompressFunction compress;

    private final DecompressFunction decompress;

    private final boolean verifying;

    private final byte[] chunk = new byte[CHUNK_BYTES];

    private StreamCompressor(String id, CompressFunction compress, DecompressFunction decompress, boolean verifying) {
        this.id = id;
        this.compress = compress;
        this.decompress = decompress;
        this.verifying = verifying;
    }

    static StreamCompressor of(String id, CompressFunction compress, DecompressFunction decompress) {
        return new StreamCompressor(id, compress, decompress, false);
    }

    /** Makes sure of each page that it comes back as it was before it is believed. */
    static StreamCompressor verifying(String id, CompressFunction compress, DecompressFunction decompress) {
        return new StreamCompressor(id, compress, decompress, true);
    }

    @Override
    public boolean compress(ByteBuffer source, ByteBuffer target) {
        ByteBuffer page = source.duplicate();
        int begin = target.position();
        BufferOutput output = new BufferOutput(target);
        try (OutputStream stream = made(this.compress.compress(output))) {
            write(source, stream);
        }
        catch (IOException | RuntimeException ex) {
            throw new StateException(
                    "compression " + this.id + " could not compress a page of " + page.remaining() + " bytes", ex);
        }
        if (output.overflown()) {
            return false;
        }
        if (this.verifying) {
            verify(page, target.duplicate().flip().position(begin));
        }
        return true;
    }

    private void write(ByteBuffer source, OutputStream stream) throws IOException {
        while (source.hasRemaining()) {
            int count = Math.min(source.remaining(), CHUNK_BYTES);
            source.get(this.chunk, 0, count);
            stream.write(this.chunk, 0, count);
        }
    }

    private void verify(ByteBuffer page, ByteBuffer compressed) {
        ByteBuffer again = ByteBuffer.allocate(page.remaining());
        try {
            decompress(compressed, again);
        }
        catch (DecompressionException ex) {
            throw notGivenBack(ex, page.remaining());
        }
        if (!again.flip().equals(page)) {
            throw notGivenBack(new DecompressionException(this.id, page.remaining(), "other bytes"), page.remaining());
        }
    }

    private StateException notGivenBack(DecompressionException cause, int length) {
        return new StateException("compression " + this.id + " does not give back what it compressed, a page of "
                + length + " bytes; nothing was written with it", cause);
    }

    @Override
    public void decompress(ByteBuffer source, ByteBuffer target) {
        int expected = target.remaining();
        String wrong;
        try (InputStream stream = made(this.decompress.decompress(new BufferInput(source)))) {
            fill(target, stream);
            int missing = target.remaining();
            if (missing > 0) {
                wrong = "only " + (expected - missing) + " bytes";
            }
            else {
                wrong = (stream.read() < 0) ? null : "more bytes";
            }
        }
        catch (IOException | RuntimeException ex) {
            throw new DecompressionException(this.id, expected, "bytes that do not decompress (" + ex + ")", ex);
        }
        if (wrong != null) {
            throw new DecompressionException(this.id, expected, wrong);
        }
    }

    private void fill(ByteBuffer target, InputStream stream) throws IOException {
        while (target.hasRemaining()) {
            int wanted = Math.min(target.remaining(), CHUNK_BYTES);
            int count = stream.read(this.chunk, 0, wanted);
            if (count > wanted) {
                throw new IOException("a stream returned " + count + " bytes where " + wanted + " were asked for");
            }
            if (count > 0) {
                target.put(this.chunk, 0, count);
                continue;
            }
            // A stream may not return 0; if it does, it cannot do so for a single byte.
            int single = (count == 0) ? stream.read() : -1;
            if (single < 0) {
                return;
            }
            target.put((byte) single);
        }
    }

    private static <S> S made(@Nullable S stream) throws IOException {
        if (stream == null) {
            throw new IOException("expected a stream, but the function returned null");
        }
        return stream;
    }

    @Override
    public void close() {
        // Each stream was closed after its page.
    }

}
