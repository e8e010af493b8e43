package io.flowstate.internal.pagestore;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

import org.jspecify.annotations.Nullable;

/**
 * The image of a state page, in the page log and in the modified-page file, format
 * version 1; little-endian.
 *
 * <pre>
 *    0   4  CRC32C over the image from 4 on; in the page log combined with store, run and address as in records
 *    4   4  magic "PAG1"
 *    8   4  length of the image
 *   12   4  id of the state
 *   16   4  page number
 *   20   4  length of the page
 *   24   1  length of the codec's id, 0 if the page is stored as it is
 *   25   .  the codec's id, in ASCII
 *    .   .  the page, as the codec made it
 * </pre>
 *
 * Since each image names its codec, the codec may change from one run to the next.
 */
final class PageImage {

    static final int MAX_HEADER_BYTES = 25 + 32;

    private static final int MAGIC = 0x31474150; // "PAG1" read as little-endian

    private static final int MAGIC_AT = 4;

    private static final int LENGTH_AT = 8;

    private static final int STATE_AT = 12;

    private static final int PAGE_AT = 16;

    private static final int PAGE_LENGTH_AT = 20;

    private static final int CODEC_AT = 24;

    private static final int HEADER_BYTES = 25;

    private PageImage() {
    }

    /** A view of an array in which images are made and read. */
    static ByteBuffer view(byte[] array) {
        return ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Where the payload begins if a codec of this id is used. */
    static int payloadAt(String codec) {
        return HEADER_BYTES + codec.length();
    }

    /**
     * Writes the header before a payload that is in its place.
     * @param buffer a {@linkplain #view view} of a whole array
     * @param codec the id of the codec, empty if there is none
     * @param end where the payload ends
     */
    static void finish(ByteBuffer buffer, int stateId, int page, int pageLength, String codec, int end) {
        buffer.putInt(MAGIC_AT, MAGIC).putInt(LENGTH_AT, end).putInt(STATE_AT, stateId).putInt(PAGE_AT, page);
        buffer.putInt(PAGE_LENGTH_AT, pageLength).put(CODEC_AT, (byte) codec.length());
        for (int i = 0; i < codec.length(); i++) {
            buffer.put(HEADER_BYTES + i, (byte) codec.charAt(i));
        }
        buffer.putInt(0, checksum(buffer, end));
        buffer.position(0).limit(end);
    }

    private static int checksum(ByteBuffer buffer, int end) {
        CRC32C crc = new CRC32C();
        crc.update(buffer.array(), buffer.arrayOffset() + Integer.BYTES, end - Integer.BYTES);
        return (int) crc.getValue();
    }

    /**
     * Verifies an image and sets the limit of the buffer to its end.
     * @param buffer the image from 0 on, up to its limit, with what may follow it
     * @param context what its checksum is combined with; it is no more after this
     * @return what is wrong, or null if it is what was written
     */
    static @Nullable String problem(ByteBuffer buffer, int context, int stateId, int page) {
        int available = buffer.limit();
        if (available < HEADER_BYTES || buffer.getInt(MAGIC_AT) != MAGIC) {
            return "other bytes";
        }
        int length = buffer.getInt(LENGTH_AT);
        if (length < HEADER_BYTES || length > available) {
            return "an image of " + length + " bytes where " + available + " are";
        }
        int stored = buffer.getInt(0) ^ context;
        int computed = checksum(buffer, length);
        if (stored != computed) {
            return "checksum " + Integer.toHexString(computed) + " where " + Integer.toHexString(stored) + " is stored";
        }
        if (buffer.getInt(STATE_AT) != stateId || buffer.getInt(PAGE_AT) != page) {
            return "the image of page " + buffer.getInt(PAGE_AT) + " of state " + buffer.getInt(STATE_AT);
        }
        if (payloadAt(buffer) > length) {
            return "a codec's id beyond the end";
        }
        buffer.putInt(0, stored);
        buffer.position(0).limit(length);
        return null;
    }

    // Of a verified image

    static int pageLength(ByteBuffer buffer) {
        return buffer.getInt(PAGE_LENGTH_AT);
    }

    static String codec(ByteBuffer buffer) {
        int length = buffer.get(CODEC_AT) & 0xFF;
        return (length == 0) ? ""
                : new String(buffer.array(), buffer.arrayOffset() + HEADER_BYTES, length, StandardCharsets.US_ASCII);
    }

    static int payloadAt(ByteBuffer buffer) {
        return HEADER_BYTES + (buffer.get(CODEC_AT) & 0xFF);
    }

}
