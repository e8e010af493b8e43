package io.flowstate.compression;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;

import io.flowstate.storage.StateException;
import org.apache.commons.compress.compressors.deflate.DeflateCompressorInputStream;
import org.apache.commons.compress.compressors.deflate.DeflateCompressorOutputStream;
import org.apache.commons.compress.compressors.deflate.DeflateParameters;

/**
 * How state pages are compressed. Its id is recorded with what it compressed, so that
 * another may be chosen at the next run: the built-in ones are always at hand for
 * reading, one of your own as long as it is the one chosen.
 *
 * <p>
 * Unchanging, and usable by any number of stores and threads at once.
 */
public final class Compression {

    /** An id has at most this many characters. */
    public static final int MAX_ID_LENGTH = 32;

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1," + MAX_ID_LENGTH + "}");

    /**
     * The quickest level: twice as quick as the usual 6, for a sixth more bytes.
     */
    private static final int ZLIB_LEVEL = 1;

    private static final String ZSTD_CLASS = "com.github.luben.zstd.ZstdCompressCtx";

    private static final Compression NONE = new Compression("none", StoredPages::new);

    private static final Compression ZLIB = new Compression("zlib", Compression::newZlib);

    private static final Compression ZSTD = new Compression("zstd", Compression::newZstd);

    private static final List<Compression> BUILT_IN = List.of(NONE, ZLIB, ZSTD);

    private final String id;

    private final Supplier<PageCompressor> compressors;

    private Compression(String id, Supplier<PageCompressor> compressors) {
        this.id = id;
        this.compressors = compressors;
    }

    /**
     * Pages as they are. Its id is {@code none}.
     * @return the compression that leaves everything as it is
     */
    public static Compression none() {
        return NONE;
    }

    /**
     * The format of RFC 1950, which everything reads. Its id is {@code zlib}.
     * @return deflate with the header of zlib
     */
    public static Compression zlib() {
        return ZLIB;
    }

    /**
     * Zstandard: smaller than zlib, and several times as quick. Its id is {@code zstd}.
     * Needs {@code com.github.luben:zstd-jni} on the class path, which FlowState does not
     * bring along; opening a store without it fails and says so.
     * @return zstd at its quickest level
     */
    public static Compression zstd() {
        return ZSTD;
    }

    /**
     * A compression made of two functions on streams, as in
     * {@code Compression.of("my-zlib", DeflaterOutputStream::new, InflaterInputStream::new)}.
     * Since nobody else vouches for them, each page is decompressed again and compared
     * before it is stored.
     * @param id what is recorded with the pages: 1 to {@value #MAX_ID_LENGTH} letters,
     * digits, dots, underscores and hyphens, and none of the built-in ids. Another format
     * wants another id.
     * @param compress makes the stream that compresses
     * @param decompress makes the stream that gives back what was compressed, to the byte
     * @return the compression
     */
    public static Compression of(String id, CompressFunction compress, DecompressFunction decompress) {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(compress, "compress");
        Objects.requireNonNull(decompress, "decompress");
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("the id of a compression must have 1 to " + MAX_ID_LENGTH
                    + " letters, digits, dots, underscores and hyphens, but was " + id);
        }
        if (builtIn(id.toLowerCase(Locale.ROOT)).isPresent()) {
            throw new IllegalArgumentException(
                    "the id of a compression must not be that of a built-in one, but was " + id);
        }
        return new Compression(id, () -> StreamCompressor.verifying(id, compress, decompress));
    }

    /**
     * The built-in compression with an id.
     * @param id an id
     * @return {@link #none()}, {@link #zlib()} or {@link #zstd()}; empty for any other id
     */
    public static Optional<Compression> builtIn(String id) {
        return BUILT_IN.stream().filter((compression) -> compression.id.equals(id)).findFirst();
    }

    private static PageCompressor newZlib() {
        return StreamCompressor.of("zlib", (compressed) -> {
            DeflateParameters parameters = new DeflateParameters();
            parameters.setCompressionLevel(ZLIB_LEVEL);
            return new DeflateCompressorOutputStream(compressed, parameters);
        }, DeflateCompressorInputStream::new);
    }

    private static PageCompressor newZstd() {
        try {
            Class.forName(ZSTD_CLASS, false, Compression.class.getClassLoader());
        }
        catch (ClassNotFoundException ex) {
            throw new StateException("compression zstd needs a library that is not on the class path:"
                    + " add the dependency com.github.luben:zstd-jni, 1.5.7 or newer, or choose compression zlib", ex);
        }
        try {
            return ZstdCompressor.create();
        }
        catch (LinkageError ex) {
            throw new StateException("compression zstd cannot be used, since com.github.luben:zstd-jni does not load"
                    + " its native part here; give it a java.io.tmpdir that programs may be run from, or choose"
                    + " compression zlib", ex);
        }
    }

    /**
     * What is recorded with what this has compressed.
     * @return the id
     */
    public String id() {
        return this.id;
    }

    /**
     * Makes what compresses and decompresses one page at a time.
     * @throws StateException if a library is missing, naming it
     */
    PageCompressor newCompressor() {
        return this.compressors.get();
    }

    @Override
    public String toString() {
        return this.id;
    }

}
