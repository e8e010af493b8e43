package io.flowstate.azure;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * What stands in the lock blob: UTF-8 text of four lines.
 *
 * <pre>
 *   flowstate-lock 1 held                 format version; "held" or "free"
 *   TOKEN SEQUENCE                        16 hexadecimal digits: the opening; a decimal number that rises
 *   LEASE                                 how long it holds without being written again, in milliseconds
 *   OWNER                                 who has it, for a person to read
 * </pre>
 *
 * Nothing that is stored depends on it, so text that cannot be understood counts as held
 * by someone unknown.
 */
record LockRecord(boolean held, long token, long sequence, Duration lease, String owner) {

    static final int MAX_BYTES = 4096;

    private static final String FORMAT = "flowstate-lock 1 ";

    private static final int MAX_OWNER_LENGTH = 500;

    LockRecord {
        owner = owner.replaceAll("\\p{Cntrl}", " ");
        owner = owner.substring(0, Math.min(owner.length(), MAX_OWNER_LENGTH));
    }

    byte[] encode() {
        String text = FORMAT + (this.held ? "held" : "free") + "\n" + HexFormat.of().toHexDigits(this.token) + " "
                + this.sequence + "\n" + this.lease.toMillis() + "\n" + this.owner + "\n";
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Reads it back.
     * @param bytes what stands in the blob
     * @param otherwise how long an unknown owner holds it
     */
    static LockRecord decode(byte[] bytes, Duration otherwise) {
        String[] lines = new String(bytes, StandardCharsets.UTF_8).split("\n", -1);
        try {
            String[] numbers = lines[1].split(" ", 2);
            Duration lease = Duration.ofMillis(Math.min(Long.parseLong(lines[2]), Duration.ofHours(1).toMillis()));
            if (lines[0].startsWith(FORMAT) && lease.toMillis() > 0) {
                return new LockRecord(!lines[0].equals(FORMAT + "free"), Long.parseUnsignedLong(numbers[0], 16),
                        Long.parseLong(numbers[1]), lease, lines[3]);
            }
        }
        catch (NumberFormatException | ArrayIndexOutOfBoundsException ex) {
            return unknown(bytes, otherwise);
        }
        return unknown(bytes, otherwise);
    }

    private static LockRecord unknown(byte[] bytes, Duration lease) {
        return new LockRecord(true, 0, Arrays.hashCode(bytes), lease, "an unknown owner");
    }

}
