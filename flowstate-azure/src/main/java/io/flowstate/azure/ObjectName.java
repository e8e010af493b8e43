package io.flowstate.azure;

import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import io.flowstate.storage.IncompatibleFormatException;
import io.flowstate.storage.LogSegment;

/**
 * Names an object of the log: a piece of a segment, written once and never again. Under
 * the directory of the log it is {@code SEGMENT/START-LENGTH-TOKEN.FORMAT}: the segment
 * with its log, run, number and start address, where in it the piece begins, how many
 * bytes it has (both in hexadecimal digits), the opening that wrote it, and the format
 * version of its {@link ObjectBlocks bytes}.
 *
 * @param segment the segment that it is a piece of
 * @param start where in the segment it begins
 * @param length how many bytes of the segment it has
 * @param token the number of the opening that wrote it
 */
record ObjectName(LogSegment segment, long start, int length, long token) {

    private static final Pattern NAME = Pattern
        .compile("([^/]{1,100})/([0-9a-f]{16})-([0-9a-f]{8})-([0-9a-f]{16})\\.([0-9]{1,4})");

    /** Its name under the directory of the log. */
    String path() {
        HexFormat hex = HexFormat.of();
        return this.segment.name() + "/" + hex.toHexDigits(this.start) + "-" + hex.toHexDigits(this.length) + "-"
                + hex.toHexDigits(this.token) + "." + ObjectBlocks.FORMAT_VERSION;
    }

    /** The first byte of the segment behind it. */
    long end() {
        return this.start + this.length;
    }

    /**
     * Reads a name back.
     * @param path any text
     * @param resource where it was found, for messages
     * @return the name, or null if the text is not that of an object
     */
    static @Nullable ObjectName parse(String path, String resource) {
        Matcher matcher = NAME.matcher(path);
        LogSegment segment = matcher.matches() ? LogSegment.parse(matcher.group(1)) : null;
        if (segment == null) {
            return null;
        }
        long start = Long.parseUnsignedLong(matcher.group(2), 16);
        int length = Integer.parseUnsignedInt(matcher.group(3), 16);
        int format = Integer.parseInt(matcher.group(5));
        if (start < 0 || length < 0) {
            return null;
        }
        if (format != ObjectBlocks.FORMAT_VERSION) {
            throw new IncompatibleFormatException(resource, format, ObjectBlocks.FORMAT_VERSION);
        }
        return new ObjectName(segment, start, length, Long.parseUnsignedLong(matcher.group(4), 16));
    }

}
