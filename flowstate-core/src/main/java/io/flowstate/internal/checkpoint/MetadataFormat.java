package io.flowstate.internal.checkpoint;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.zip.CRC32C;

import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.IncompatibleFormatException;

/**
 * The bytes of a metadata object. The metadata of a checkpoint are a list of
 * {@linkplain CheckpointMetadata#items items}; an object has those items that an older
 * list has not, and says where the others stand in it. Compared with the empty list it
 * has all of them. Format version 4, little-endian.
 *
 * <pre>
 *    0   8  magic "FLOWMETA"
 *    8   4  format version
 *   12   4  length of the whole
 *   16  16  store id, most significant long first
 *   32      stretches of the list, each:
 *             4 where in the older list items are taken over from, behind those taken before
 *             4 how many
 *             4 how many others follow them, and for each: 4 its length, and its bytes
 *  end-8 4  CRC32C of the bytes of all items of the list
 *  end-4 4  CRC32C of all bytes before
 * </pre>
 */
final class MetadataFormat {

    private static final long MAGIC = 0x4154454D574F4C46L; // "FLOWMETA" read as
                                                           // little-endian

    private static final int FORMAT_VERSION = 4;

    private static final int HEADER_BYTES = 32;

    private static final int CHECKSUMS_BYTES = 2 * Integer.BYTES;

    private MetadataFormat() {
    }

    /**
     * Makes an object.
     * @param storeId the store it belongs to
     * @param items the list
     * @param older an older list, or the empty one
     * @return its bytes, and the list, of which those items that the older one has are
     * the same objects as there
     */
    static Encoded encode(UUID storeId, List<ByteBuffer> items, List<ByteBuffer> older) {
        List<Stretch> stretches = stretches(items, older);
        List<ByteBuffer> shared = new ArrayList<>(items.size());
        long length = HEADER_BYTES + CHECKSUMS_BYTES;
        for (Stretch stretch : stretches) {
            length += 3 * Integer.BYTES;
            for (ByteBuffer item : stretch.others()) {
                length += Integer.BYTES + item.remaining();
            }
            shared.addAll(older.subList(stretch.from(), stretch.end()));
            shared.addAll(stretch.others());
        }
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(length)).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(MAGIC).putInt(FORMAT_VERSION).putInt(bytes.capacity());
        bytes.putLong(storeId.getMostSignificantBits()).putLong(storeId.getLeastSignificantBits());
        for (Stretch stretch : stretches) {
            bytes.putInt(stretch.from()).putInt(stretch.count()).putInt(stretch.others().size());
            stretch.others().forEach((item) -> bytes.putInt(item.remaining()).put(item.duplicate()));
        }
        bytes.putInt(checksum(items));
        bytes.putInt(checksum(List.of(bytes.duplicate().flip())));
        return new Encoded(bytes.flip(), List.copyOf(shared));
    }

    private static List<Stretch> stretches(List<ByteBuffer> items, List<ByteBuffer> older) {
        Map<ByteBuffer, Integer> places = new HashMap<>();
        for (int i = 0; i < older.size(); i++) {
            places.put(older.get(i), i);
        }
        List<Stretch> stretches = new ArrayList<>();
        int end = 0;
        for (int i = 0; i < items.size();) {
            int from = Math.max(end, places.getOrDefault(items.get(i), -1));
            end = from;
            while (i < items.size() && end < older.size() && items.get(i).equals(older.get(end))) {
                i++;
                end++;
            }
            int first = i;
            while (i < items.size() && places.getOrDefault(items.get(i), -1) < end) {
                i++;
            }
            stretches.add(new Stretch(from, end - from, items.subList(first, i)));
        }
        return stretches;
    }

    /**
     * Reads an object.
     * @param bytes all of them, in a heap buffer
     * @param storeId the store it must belong to
     * @param older the list that it was made with
     * @param resource where it comes from, for messages
     * @return the list
     */
    static List<ByteBuffer> decode(ByteBuffer bytes, UUID storeId, List<ByteBuffer> older, String resource) {
        bytes.order(ByteOrder.LITTLE_ENDIAN);
        int length = bytes.remaining();
        if (length < HEADER_BYTES + CHECKSUMS_BYTES || bytes.getLong(0) != MAGIC || bytes.getInt(12) != length) {
            throw new CorruptStateException(resource, 0, "the metadata of a checkpoint",
                    length + " bytes of something else");
        }
        check(bytes.getInt(length - 4), List.of(bytes.slice(0, length - 4)), "checksum", resource);
        int format = bytes.getInt(8);
        if (format != FORMAT_VERSION) {
            throw new IncompatibleFormatException(resource, format, FORMAT_VERSION);
        }
        UUID found = new UUID(bytes.getLong(16), bytes.getLong(24));
        if (!found.equals(storeId)) {
            throw new CorruptStateException(resource, 16, "store " + storeId, "store " + found);
        }
        int contentChecksum = bytes.getInt(length - CHECKSUMS_BYTES);
        List<ByteBuffer> items;
        try {
            items = decodeStretches(bytes.position(HEADER_BYTES).limit(length - CHECKSUMS_BYTES), older);
        }
        catch (BufferUnderflowException | IllegalArgumentException ex) {
            throw new CorruptStateException(resource, bytes.position(), "metadata that fit those before",
                    String.valueOf(ex));
        }
        check(contentChecksum, items, "content of checksum", resource);
        return items;
    }

    private static List<ByteBuffer> decodeStretches(ByteBuffer bytes, List<ByteBuffer> older) {
        List<ByteBuffer> items = new ArrayList<>();
        int end = 0;
        while (bytes.hasRemaining()) {
            int from = bytes.getInt();
            int count = bytes.getInt();
            if (from < end || count < 0 || count > older.size() - from) {
                throw new IllegalArgumentException(
                        count + " items from " + from + ", where there are " + end + " to " + older.size());
            }
            end = from + count;
            items.addAll(older.subList(from, end));
            int others = bytes.getInt();
            if (others < 0) {
                throw new IllegalArgumentException(others + " other items");
            }
            for (int i = 0; i < others; i++) {
                int length = bytes.getInt();
                if (length < 0 || length > bytes.remaining()) {
                    throw new IllegalArgumentException("an item of " + length + " bytes");
                }
                items.add(bytes.slice(bytes.position(), length));
                bytes.position(bytes.position() + length);
            }
        }
        return List.copyOf(items);
    }

    private static void check(int expected, List<ByteBuffer> bytes, String what, String resource) {
        int found = checksum(bytes);
        if (found != expected) {
            throw new CorruptStateException(resource, 0, what + " " + Integer.toHexString(expected),
                    Integer.toHexString(found));
        }
    }

    /** The CRC32C of all these bytes together. */
    static int checksum(List<ByteBuffer> bytes) {
        CRC32C crc = new CRC32C();
        bytes.forEach((part) -> crc.update(part.duplicate()));
        return (int) crc.getValue();
    }

    /**
     * An object.
     *
     * @param bytes its bytes
     * @param items the list
     */
    record Encoded(ByteBuffer bytes, List<ByteBuffer> items) {
    }

    private record Stretch(int from, int count, List<ByteBuffer> others) {

        int end() {
            return this.from + this.count;
        }

    }

}
