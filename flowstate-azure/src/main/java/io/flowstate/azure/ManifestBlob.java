package io.flowstate.azure;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Optional;

import com.azure.core.util.BinaryData;
import org.jspecify.annotations.Nullable;

import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.Manifest;
import io.flowstate.storage.StorageUnavailableException;

/**
 * The manifest of one opening: read once, then replaced by conditional writes only, each
 * against the ETag of the one before. Whoever comes second is refused by the service, so
 * of two writers that began from the same manifest one at most goes on.
 *
 * <p>
 * The blob is the token of the opening that wrote it (8 bytes, big-endian), the number of
 * that write (8), and the bytes of the {@link Manifest}. By the first two a writer knows
 * its own again: a write of unknown outcome is settled by reading back. One that was
 * given up may still arrive, but takes effect only if nothing was written since.
 *
 * <p>
 * One thread at a time.
 */
final class ManifestBlob {

    private static final int PREAMBLE_BYTES = 2 * Long.BYTES;

    /** More than any manifest has. */
    private static final int MAX_BYTES = (16 << 20) + PREAMBLE_BYTES;

    /**
     * How often the service may say that the manifest is another one, and it is not, or
     * one that a late write of our own has put there.
     */
    private static final int MAX_REFUSALS = 10;

    private final BlobPlace place;

    private final long token;

    private @Nullable String eTag; // of the manifest read or written last

    private long run; // of the same

    private long writes;

    ManifestBlob(BlobPlace place, long token) {
        this.place = place;
        this.token = token;
    }

    /** Reads what is in place. */
    Optional<Manifest> read() {
        BlobPlace.Content content = this.place.find(RequestKind.READ, BlobPlace.MANIFEST, MAX_BYTES);
        if (content == null) {
            return Optional.empty();
        }
        ByteBuffer bytes = content.buffer();
        if (bytes.remaining() < PREAMBLE_BYTES || bytes.remaining() > MAX_BYTES) {
            throw new CorruptStateException(describe(), 0, PREAMBLE_BYTES + " to " + MAX_BYTES + " bytes",
                    bytes.remaining() + " bytes");
        }
        Manifest manifest = Manifest.decode(bytes.position(PREAMBLE_BYTES), describe());
        this.eTag = content.eTag();
        this.run = manifest.run();
        return Optional.of(manifest);
    }

    /** The run of the manifest read or written last, 0 if there is none. */
    long run() {
        return this.run;
    }

    /**
     * Replaces it.
     * @param manifest what comes next
     * @return false if another writer has replaced it since it was read or written here
     * @throws StorageUnavailableException if that could not be told
     */
    boolean replace(Manifest manifest) {
        long number = ++this.writes;
        byte[] bytes = encode(manifest, number);
        for (int i = 0; i < MAX_REFUSALS; i++) {
            String written = put(bytes);
            if (written == null) {
                Found found = find();
                if (Objects.equals((found != null) ? found.eTag() : null, this.eTag)) {
                    continue; // still the one that was to be replaced: nobody was faster
                }
                if (found == null || found.token() != this.token) {
                    return false;
                }
                if (found.number() != number) {
                    this.eTag = found.eTag(); // an earlier one, given up, got in between
                    continue;
                }
                written = found.eTag();
            }
            this.eTag = written;
            this.run = manifest.run();
            return true;
        }
        throw new StorageUnavailableException("the service has refused " + MAX_REFUSALS + " times to replace "
                + describe() + ", which no other writer has replaced");
    }

    private byte[] encode(Manifest manifest, long number) {
        ByteBuffer encoded = manifest.encode();
        return ByteBuffer.allocate(PREAMBLE_BYTES + encoded.remaining())
            .putLong(this.token)
            .putLong(number)
            .put(encoded)
            .array();
    }

    /** The new ETag, or null if the one in place is not the expected one. */
    private @Nullable String put(byte[] bytes) {
        BinaryData content = BinaryData.fromBytes(bytes);
        return this.place.requests()
            .call(RequestKind.MANIFEST_WRITE, "replace", describe(),
                    (attempt) -> this.place.replace(BlobPlace.MANIFEST, content, this.eTag))
            .eTag();
    }

    /** Who wrote the one in place. */
    private @Nullable Found find() {
        BlobPlace.Content content = this.place.find(RequestKind.READ, BlobPlace.MANIFEST, MAX_BYTES);
        if (content == null || content.bytes().length < PREAMBLE_BYTES) {
            return null;
        }
        ByteBuffer bytes = content.buffer();
        return new Found(bytes.getLong(), bytes.getLong(), content.eTag());
    }

    String describe() {
        return this.place.describe(BlobPlace.MANIFEST);
    }

    private record Found(long token, long number, String eTag) {
    }

}
