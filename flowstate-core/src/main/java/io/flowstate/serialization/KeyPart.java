package io.flowstate.serialization;

import java.util.Objects;

import io.flowstate.storage.StateException;

/**
 * One of several values that stand one after the other in the bytes of a key. A part that
 * is not the last shows where it ends, in a way that keeps the order of keys part by
 * part, and makes the bytes of the first parts a prefix of exactly the keys that begin
 * with these parts.
 *
 * <pre>
 *   the last part                the bytes of its serializer
 *   a part of fixed length       the bytes of its serializer
 *   any other part               its bytes, of which 00 becomes 01 01
 *                                and 01 becomes 01 02; then 00
 * </pre>
 *
 * The 00 at the end is less than all that may stand in its place in a longer part, so a
 * shorter part comes first. Text has no 00 and no 01 but for the control characters, and
 * takes one byte more than its own.
 *
 * @param <P> the type of the part
 */
final class KeyPart<P> {

    private static final byte END = 0;

    private static final byte ESCAPE = 1;

    private final Serializer<P> serializer;

    private final int lengthBytes;

    private final boolean last;

    private KeyPart(Serializer<P> serializer, boolean last) {
        this.serializer = serializer;
        this.lengthBytes = FixedLengthSerializer.lengthBytes(serializer);
        this.last = last;
    }

    /** A part with others behind it. */
    static <P> KeyPart<P> inner(Serializer<P> serializer) {
        return new KeyPart<>(Objects.requireNonNull(serializer, "serializer"), false);
    }

    /** The part that takes the bytes to the end. */
    static <P> KeyPart<P> last(Serializer<P> serializer) {
        return new KeyPart<>(Objects.requireNonNull(serializer, "serializer"), true);
    }

    /** The length if it is the same for all values, else 0. */
    int lengthBytes() {
        return this.lengthBytes;
    }

    void write(P value, SerializerOutput output) {
        int start = output.length();
        this.serializer.write(value, output);
        if (output.length() < start) {
            throw new IllegalStateException(
                    "serializer " + this.serializer.name() + " cleared an output that was not its own");
        }
        if (this.last) {
            return;
        }
        if (this.lengthBytes > 0) {
            assert output.length() - start == this.lengthBytes : this.serializer.name();
            return;
        }
        escape(output, start);
    }

    P read(SerializerInput input) {
        if (this.last) {
            return readWhole(input);
        }
        if (this.lengthBytes > 0) {
            return readNext(input, this.lengthBytes);
        }
        return readEscaped(input);
    }

    private P readEscaped(SerializerInput input) {
        int length = lengthOfEscaped(input);
        P value;
        if (isEscaped(input, length)) {
            value = readWhole(unescaped(input, length));
            input.skip(length);
        }
        else {
            value = readNext(input, length);
        }
        input.skip(1);
        return value;
    }

    private P readNext(SerializerInput input, int count) {
        int whole = input.narrow(count);
        P value = readWhole(input);
        input.widen(whole);
        return value;
    }

    private P readWhole(SerializerInput input) {
        P value = this.serializer.read(input);
        ReadErrors.checkEmpty(input, this.serializer.name());
        return value;
    }

    /** Escapes what stands in the output from a place on, there and then, and ends it. */
    private static void escape(SerializerOutput output, int start) {
        int end = output.length();
        byte[] array = output.array();
        int escapes = 0;
        for (int i = start; i < end; i++) {
            if (isSpecial(array[i])) {
                escapes++;
            }
        }
        output.claim(escapes);
        output.writeByte(END);
        array = output.array();
        int to = end + escapes;
        // From the back, so that no byte is overwritten before it was moved.
        for (int from = end; to > from;) {
            byte value = array[--from];
            if (isSpecial(value)) {
                array[--to] = (byte) (value + 1);
                array[--to] = ESCAPE;
            }
            else {
                array[--to] = value;
            }
        }
    }

    private static boolean isSpecial(byte value) {
        return value == END || value == ESCAPE;
    }

    private int lengthOfEscaped(SerializerInput input) {
        byte[] array = input.array();
        int start = input.position();
        int limit = start + input.remaining();
        for (int i = start; i < limit; i++) {
            if (array[i] == END) {
                return i - start;
            }
        }
        throw unexpected("the byte 0 at the end of a part", "none");
    }

    private static boolean isEscaped(SerializerInput input, int length) {
        byte[] array = input.array();
        int end = input.position() + length;
        for (int i = input.position(); i < end; i++) {
            if (array[i] == ESCAPE) {
                return true;
            }
        }
        return false;
    }

    private SerializerInput unescaped(SerializerInput input, int length) {
        byte[] array = input.array();
        byte[] plain = new byte[length];
        int plainLength = 0;
        int end = input.position() + length;
        for (int i = input.position(); i < end; i++) {
            byte value = array[i];
            if (value == ESCAPE) {
                // There is a next byte: the 0 at the end, if nothing else.
                value = (byte) (array[++i] - 1);
                if (!isSpecial(value)) {
                    throw unexpected("the byte 1 or 2 behind an escape", "the byte " + array[i]);
                }
            }
            plain[plainLength++] = value;
        }
        return new SerializerInput(plain, 0, plainLength);
    }

    private StateException unexpected(String expected, String found) {
        return ReadErrors.unexpected(this.serializer.name(), expected, found);
    }

}
