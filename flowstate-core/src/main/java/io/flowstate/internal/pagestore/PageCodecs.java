package io.flowstate.internal.pagestore;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

import io.flowstate.compression.Compression;
import io.flowstate.compression.DecompressionException;
import io.flowstate.compression.PageCodec;
import io.flowstate.internal.pagetable.ImageAddress;
import io.flowstate.storage.IncompatibleStateException;
import io.flowstate.storage.StateException;
import org.jspecify.annotations.Nullable;

/**
 * Makes {@linkplain PageImage images} of pages and pages of images. New images are made
 * with one compression; read are those of every compression that is known. Thread-safe.
 */
public final class PageCodecs implements AutoCloseable {

    private final PageCodec present;

    private final boolean compresses;

    private final Map<String, PageCodec> byId = new ConcurrentHashMap<>();

    private final Set<String> used = ConcurrentHashMap.newKeySet();

    /**
     * Creates codecs.
     * @param compression what new images are made with
     */
    public PageCodecs(Compression compression) {
        this.present = PageCodec.open(compression);
        this.compresses = !compression.id().equals(Compression.none().id());
        this.byId.put(compression.id(), this.present);
    }

    /** The ids of the codecs that images of the store may have been made with. */
    public Set<String> used() {
        return Set.copyOf(this.used);
    }

    /**
     * Takes note of the codecs that images of the store may have been made with.
     * @throws IncompatibleStateException if one of them is not known
     */
    public void use(Set<String> ids) {
        check(ids);
        this.used.addAll(ids);
    }

    /**
     * Makes sure that images made with some codecs could be read.
     * @throws IncompatibleStateException if one of them is not known
     */
    public void check(Set<String> ids) {
        ids.forEach(this::codec);
    }

    private PageCodec codec(String id) {
        PageCodec known = this.byId.get(id);
        if (known != null) {
            return known;
        }
        Compression builtIn = Compression.builtIn(id)
            .orElseThrow(() -> new IncompatibleStateException("there are pages compressed with " + id
                    + ", which is not known; open the store with a Compression of that id (compression, now "
                    + this.present.id() + ")"));
        return this.byId.computeIfAbsent(id, (absent) -> PageCodec.open(builtIn));
    }

    /**
     * Makes the image of a page. A page that does not shrink by a tenth is stored as it
     * is.
     * @param bytes begins with the page
     * @param length the length of the page
     * @param array has room for the page and {@link PageImage#MAX_HEADER_BYTES}
     * @return the image, in that array
     */
    public ByteBuffer encode(int stateId, int page, byte[] bytes, int length, byte[] array) {
        ByteBuffer image = PageImage.view(array);
        if (this.compresses) {
            int start = PageImage.payloadAt(this.present.id());
            image.position(start).limit(start + (int) (length * 9L / 10));
            if (this.present.compress(ByteBuffer.wrap(bytes, 0, length), image)) {
                int end = image.position();
                this.used.add(this.present.id());
                PageImage.finish(image.clear(), stateId, page, length, this.present.id(), end);
                return image;
            }
            image.clear();
        }
        int start = PageImage.payloadAt("");
        System.arraycopy(bytes, 0, array, start, length);
        PageImage.finish(image, stateId, page, length, "", start + length);
        return image;
    }

    /**
     * Makes a page of an image.
     * @param image verified
     * @param damage makes the error if it is no page all the same, from what is wrong
     */
    public byte[] decode(ByteBuffer image, Function<String, StateException> damage) {
        int length = PageImage.pageLength(image);
        int start = PageImage.payloadAt(image);
        if (length < 0 || length > ImageAddress.MAX_LENGTH) {
            throw damage.apply("a page of " + length + " bytes");
        }
        String id = PageImage.codec(image);
        if (id.isEmpty()) {
            if (length != image.limit() - start) {
                throw damage.apply((image.limit() - start) + " bytes of a page of " + length);
            }
            byte[] bytes = new byte[length];
            image.duplicate().position(start).get(bytes);
            return bytes;
        }
        byte[] bytes = new byte[length];
        try {
            codec(id).decompress(image.duplicate().position(start), ByteBuffer.wrap(bytes));
        }
        catch (DecompressionException ex) {
            StateException damaged = damage.apply(String.valueOf(ex.getMessage()));
            damaged.addSuppressed(ex);
            throw damaged;
        }
        return bytes;
    }

    /** Checks an image that was not read from the page log. */
    public static @Nullable String problem(ByteBuffer image, int stateId, int page) {
        return PageImage.problem(image, 0, stateId, page);
    }

    /** The longest image of a page of a length. */
    public static int maxImageBytes(int pageLength) {
        return pageLength + PageImage.MAX_HEADER_BYTES;
    }

    /** A view of an array that an image lies in, up to its end. */
    public static ByteBuffer view(byte[] array, int length) {
        return PageImage.view(array).limit(length);
    }

    /** Nothing is made or read any more. */
    @Override
    public void close() {
        this.byId.values().forEach(PageCodec::close);
    }

}
