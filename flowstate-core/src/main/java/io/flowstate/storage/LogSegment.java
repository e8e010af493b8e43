package io.flowstate.storage;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Names a segment: the part of a log that is created and deleted as a whole. Written by
 * one run only and never overwritten; a position in it is counted from its own beginning.
 *
 * @param log which log it belongs to: 1 to 16 lower-case letters
 * @param run the run that made it, at least 1
 * @param number counts the segments of that run and log from 0
 * @param startAddress the log address of its first record byte, at least 1
 */
public record LogSegment(String log, long run, int number, long startAddress) {

    private static final Pattern NAME = Pattern.compile("([a-z]{1,16})-([0-9a-f]{16})-([0-9a-f]{8})-([0-9a-f]{16})");

    public LogSegment {
        if (!log.matches("[a-z]{1,16}") || run < 1 || number < 0 || startAddress < 1) {
            throw new IllegalArgumentException("no segment has log " + log + ", run " + run + ", number " + number
                    + ", start address " + startAddress);
        }
    }

    /**
     * The name under which a medium keeps the segment: letters, digits and hyphens only,
     * and no name is the beginning of another.
     * @return the name
     */
    public String name() {
        return String.format("%s-%016x-%08x-%016x", this.log, this.run, this.number, this.startAddress);
    }

    /**
     * Reads a name back.
     * @param name any text
     * @return the segment, or null if the text is not the name of one
     */
    public static @Nullable LogSegment parse(String name) {
        Matcher matcher = NAME.matcher(name);
        if (!matcher.matches()) {
            return null;
        }
        long run = Long.parseUnsignedLong(matcher.group(2), 16);
        int number = Integer.parseUnsignedInt(matcher.group(3), 16);
        long startAddress = Long.parseUnsignedLong(matcher.group(4), 16);
        return (run < 1 || number < 0 || startAddress < 1) ? null
                : new LogSegment(matcher.group(1), run, number, startAddress);
    }

}
