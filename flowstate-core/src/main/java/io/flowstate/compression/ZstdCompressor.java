package io.flowstate.compression;

import java.nio.ByteBuffer;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.flowstate.storage.StateException;

/**
 * Compresses pages with zstd, one frame a page, in contexts and buffers that are used
 * again: it allocates nothing once it has seen a page of that size.
 *
 * <p>
 * A page goes from array to array, which the library reads and writes in place. It is
 * compressed into an array with room for the worst case and copied from there: for a page
 * that does not become smaller, an exception would cost more than that copy.
 *
 * <p>
 * The only class that needs zstd-jni.
 */
final class ZstdCompressor implements PageCompressor {

    private static final int LEVEL = 1;

    /** Arrays for pages larger than this are not kept for the next. */
    private static final int MAX_KEPT_BYTES = 4 << 20;

    private static final byte[] NO_BYTES = {};

    private final ZstdCompressCtx compressing;

    private final ZstdDecompressCtx decompressing;

    /** A page or a frame that lies in no array we may use. */
    private byte[] input = NO_BYTES;

    private byte[] output = NO_BYTES;

    private ZstdCompressor(ZstdCompressCtx compressing, ZstdDecompressCtx decompressing) {
        this.compressing = compressing;
        this.decompressing = decompressing;
    }

    /**
     * Makes a compressor.
     * @throws LinkageError if the library does not load its native part
     */
    static ZstdCompressor create() {
        ZstdCompressCtx compressing = new ZstdCompressCtx();
        try {
            compressing.setLevel(LEVEL);
            return new ZstdCompressor(compressing, new ZstdDecompressCtx());
        }
        catch (RuntimeException | Error ex) {
            compressing.close();
            throw ex;
        }
    }

    @Override
    public boolean compress(ByteBuffer source, ByteBuffer target) {
        int length = source.remaining();
        byte[] frame = output(Math.toIntExact(Zstd.compressBound(length)));
        int count;
        try {
            byte[] page = source.hasArray() ? source.array() : input(source);
            int begin = source.hasArray() ? source.arrayOffset() + source.position() : 0;
            count = this.compressing.compressByteArray(frame, 0, frame.length, page, begin, length);
        }
        catch (ZstdException ex) {
            throw new StateException("compression zstd could not compress a page of " + length + " bytes", ex);
        }
        if (count <= target.remaining()) {
            source.position(source.limit());
            target.put(frame, 0, count);
            forgetLargeArrays();
            return true;
        }
        forgetLargeArrays();
        return false;
    }

    @Override
    public void decompress(ByteBuffer source, ByteBuffer target) {
        int frameLength = source.remaining();
        int length = target.remaining();
        byte[] page = target.hasArray() ? target.array() : output(length);
        int pageBegin = target.hasArray() ? target.arrayOffset() + target.position() : 0;
        int count;
        try {
            byte[] frame = source.hasArray() ? source.array() : input(source);
            int frameBegin = source.hasArray() ? source.arrayOffset() + source.position() : 0;
            count = this.decompressing.decompressByteArray(page, pageBegin, length, frame, frameBegin, frameLength);
        }
        catch (ZstdException ex) {
            throw new DecompressionException("zstd", length, "bytes that do not decompress (" + ex.getMessage() + ")",
                    ex);
        }
        if (count != length) {
            throw new DecompressionException("zstd", length, "only " + count + " bytes");
        }
        if (target.hasArray()) {
            target.position(target.limit());
        }
        else {
            target.put(page, 0, length);
        }
        source.position(source.limit());
        forgetLargeArrays();
    }

    private byte[] input(ByteBuffer source) {
        int length = source.remaining();
        if (this.input.length < length) {
            this.input = new byte[length];
        }
        source.get(source.position(), this.input, 0, length);
        return this.input;
    }

    private byte[] output(int length) {
        if (this.output.length < length) {
            this.output = new byte[length];
        }
        return this.output;
    }

    private void forgetLargeArrays() {
        if (this.input.length > MAX_KEPT_BYTES) {
            this.input = NO_BYTES;
        }
        if (this.output.length > MAX_KEPT_BYTES) {
            this.output = NO_BYTES;
        }
    }

    @Override
    public void close() {
        this.compressing.close();
        this.decompressing.close();
    }

}
