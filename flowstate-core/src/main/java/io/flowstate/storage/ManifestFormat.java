package io.flowstate.storage;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The bytes of a {@link Manifest}, format version {@value #FORMAT_VERSION}. Numbers are
 * little-endian, but for the store id, which stands as it is written down.
 *
 * <pre>
 *    0   8  magic "FlowStat"
 *    8   4  kind "MANI"
 *   12   4  format version
 *   16  16  store id
 *   32   4  length of all of this, checksum included
 *   36   4  number of checkpoints
 *   40   8  run
 *   48   8  highest version
 *   56      the checkpoints, versions ascending, each:
 *             0   8  version
 *             8   8  completed at, milliseconds since 1970
 *            16   8  bytes written for it
 *            24   1  number of its metadata objects, each:
 *                      0   4  length
 *                      4   4  CRC32C
 *                      8   1  length of its name, n
 *                      9   n  its name, ASCII
 *  end-4 4  CRC32C of everything before
 * </pre>
 *
 * Every format version begins with the first 36 bytes and ends with the checksum, so that
 * an unknown version can be told from damage.
 */
final class ManifestFormat {

    /** More than any manifest has; a file longer than this is none. */
    static final int MAX_LENGTH = 16 << 20;

    private static final byte[] MAGIC = { 'F', 'l', 'o', 'w', 'S', 't', 'a', 't' };

    private static final byte[] KIND = { 'M', 'A', 'N', 'I' };

    private static final int FORMAT_VERSION = 2;

    private static final int HEADER_LENGTH = 56;

    private static final int CHECKPOINT_LENGTH = 25; // without its objects

    private static final int OBJECT_LENGTH = 9; // without its name

    private static final int MIN_LENGTH = HEADER_LENGTH + Integer.BYTES;

    private static final HexFormat HEX = HexFormat.of();

    private ManifestFormat() {
    }

    static ByteBuffer encode(Manifest manifest) {
        long length = MIN_LENGTH;
        for (CommittedCheckpoint checkpoint : manifest.checkpoints()) {
            length += CHECKPOINT_LENGTH;
            for (MetadataObject object : checkpoint.objects()) {
                length += OBJECT_LENGTH + object.name().length();
            }
        }
        if (length > MAX_LENGTH) {
            throw new IllegalArgumentException("a manifest has at most " + MAX_LENGTH + " bytes, but its "
                    + manifest.checkpoints().size() + " checkpoints need " + length + "; keep fewer");
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(MAGIC).put(KIND).putInt(FORMAT_VERSION);
        putUuid(bytes, manifest.storeId());
        bytes.putInt((int) length).putInt(manifest.checkpoints().size());
        bytes.putLong(manifest.run()).putLong(manifest.highestVersion());
        manifest.checkpoints().forEach((checkpoint) -> encode(checkpoint, bytes));
        bytes.putInt(checksum(bytes.duplicate().flip()));
        return bytes.flip();
    }

    private static void encode(CommittedCheckpoint checkpoint, ByteBuffer bytes) {
        bytes.putLong(checkpoint.version())
            .putLong(checkpoint.completedAt().toEpochMilli())
            .putLong(checkpoint.sizeBytes())
            .put((byte) checkpoint.objects().size());
        for (MetadataObject object : checkpoint.objects()) {
            byte[] name = object.name().getBytes(StandardCharsets.US_ASCII);
            bytes.putInt(object.length()).putInt(object.checksum()).put((byte) name.length).put(name);
        }
    }

    private static void putUuid(ByteBuffer bytes, UUID id) {
        bytes.putLong(Long.reverseBytes(id.getMostSignificantBits()))
            .putLong(Long.reverseBytes(id.getLeastSignificantBits()));
    }

    static Manifest decode(ByteBuffer source, String resource) {
        ByteBuffer bytes = source.slice().order(ByteOrder.LITTLE_ENDIAN);
        checkFrame(bytes, resource);
        bytes.position(16);
        UUID storeId = new UUID(Long.reverseBytes(bytes.getLong()), Long.reverseBytes(bytes.getLong()));
        bytes.position(36);
        int count = bytes.getInt();
        long run = bytes.getLong();
        long highestVersion = bytes.getLong();
        bytes.limit(bytes.limit() - Integer.BYTES);
        if (count < 0 || count > bytes.remaining() / CHECKPOINT_LENGTH) {
            throw new CorruptStateException(resource, 36,
                    "a number of checkpoints that fits " + bytes.remaining() + " bytes", String.valueOf(count));
        }
        List<CommittedCheckpoint> checkpoints = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            checkpoints.add(decodeCheckpoint(bytes, resource));
        }
        if (bytes.hasRemaining()) {
            throw new CorruptStateException(resource, bytes.position(), "the end after " + count + " checkpoints",
                    bytes.remaining() + " more bytes");
        }
        try {
            return new Manifest(storeId, run, highestVersion, checkpoints);
        }
        catch (IllegalArgumentException ex) {
            throw new CorruptStateException(resource, 40, "a manifest that makes sense",
                    String.valueOf(ex.getMessage()));
        }
    }

    /** Checks all that every format version has in common, then the version. */
    private static void checkFrame(ByteBuffer bytes, String resource) {
        int length = bytes.remaining();
        if (length < MIN_LENGTH || length > MAX_LENGTH) {
            throw new CorruptStateException(resource, 0, MIN_LENGTH + " to " + MAX_LENGTH + " bytes",
                    length + " bytes");
        }
        checkBytes(bytes, 0, MAGIC, resource);
        checkBytes(bytes, 8, KIND, resource);
        if (bytes.getInt(32) != length) {
            throw new CorruptStateException(resource, 32, "length " + length, "length " + bytes.getInt(32));
        }
        int expected = checksum(bytes.slice(0, length - Integer.BYTES));
        int found = bytes.getInt(length - Integer.BYTES);
        if (found != expected) {
            throw new CorruptStateException(resource, length - Integer.BYTES, "checksum " + HEX.toHexDigits(expected),
                    "checksum " + HEX.toHexDigits(found));
        }
        if (bytes.getInt(12) != FORMAT_VERSION) {
            throw new IncompatibleFormatException(resource, bytes.getInt(12), FORMAT_VERSION);
        }
    }

    private static void checkBytes(ByteBuffer bytes, int offset, byte[] expected, String resource) {
        byte[] found = new byte[expected.length];
        bytes.get(offset, found);
        if (!Arrays.equals(found, expected)) {
            throw new CorruptStateException(resource, offset, "bytes " + HEX.formatHex(expected),
                    "bytes " + HEX.formatHex(found));
        }
    }

    private static CommittedCheckpoint decodeCheckpoint(ByteBuffer bytes, String resource) {
        int start = bytes.position();
        checkRemaining(bytes, CHECKPOINT_LENGTH, start, resource);
        long version = bytes.getLong();
        long completedAt = bytes.getLong();
        long sizeBytes = bytes.getLong();
        int count = bytes.get();
        try {
            List<MetadataObject> objects = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                objects.add(decodeObject(bytes, start, resource));
            }
            return new CommittedCheckpoint(version, objects, Instant.ofEpochMilli(completedAt), sizeBytes);
        }
        catch (IllegalArgumentException ex) {
            throw new CorruptStateException(resource, start, "a checkpoint that makes sense",
                    String.valueOf(ex.getMessage()));
        }
    }

    private static MetadataObject decodeObject(ByteBuffer bytes, int start, String resource) {
        checkRemaining(bytes, OBJECT_LENGTH, start, resource);
        int length = bytes.getInt();
        int checksum = bytes.getInt();
        int nameLength = bytes.get();
        checkRemaining(bytes, nameLength, start, resource);
        byte[] name = new byte[nameLength];
        bytes.get(name);
        return new MetadataObject(new String(name, StandardCharsets.ISO_8859_1), length, checksum);
    }

    private static void checkRemaining(ByteBuffer bytes, int length, int start, String resource) {
        if (length < 0 || length > bytes.remaining()) {
            throw new CorruptStateException(resource, start, "a checkpoint", "only " + bytes.remaining() + " bytes");
        }
    }

    private static int checksum(ByteBuffer bytes) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes);
        return (int) checksum.getValue();
    }

}
