package io.flowstate.serialization;

import java.nio.charset.StandardCharsets;

import io.flowstate.storage.StateException;

/**
 * The built-in serializers. As keys they keep the natural order of their type: the bytes,
 * compared unsigned, stand in the order of the values.
 */
public final class Serializers {

    private static final Serializer<String> STRING = new Utf8();

    private static final Serializer<Integer> INT32 = new Int32();

    private static final Serializer<Long> INT64 = new Int64();

    private static final Serializer<Double> FLOAT64 = new Float64();

    private static final Serializer<Boolean> BOOL = new Bool();

    private static final Serializer<byte[]> BYTES = new Bytes();

    private Serializers() {
    }

    /**
     * Text as UTF-8, ordered by code point. A text with an unpaired surrogate is refused
     * with {@link IllegalArgumentException}.
     * @return the serializer {@code string}
     */
    public static Serializer<String> string() {
        return STRING;
    }

    /**
     * Integers in four bytes: big-endian with the sign bit flipped.
     * @return the serializer {@code int32}
     */
    public static Serializer<Integer> int32() {
        return INT32;
    }

    /**
     * Longs in eight bytes: big-endian with the sign bit flipped.
     * @return the serializer {@code int64}
     */
    public static Serializer<Long> int64() {
        return INT64;
    }

    /**
     * Doubles in eight bytes, ordered as {@link Double#compare} does: -0.0 before 0.0,
     * NaN (any) last.
     * @return the serializer {@code float64}
     */
    public static Serializer<Double> float64() {
        return FLOAT64;
    }

    /**
     * Booleans in one byte, false before true.
     * @return the serializer {@code bool}
     */
    public static Serializer<Boolean> bool() {
        return BOOL;
    }

    /**
     * Byte arrays as they are, ordered as unsigned bytes.
     * @return the serializer {@code bytes}
     */
    public static Serializer<byte[]> bytes() {
        return BYTES;
    }

    private static void checkEmpty(SerializerInput input, String name) {
        if (input.remaining() != 0) {
            throw new StateException("serializer " + name + " found " + input.remaining()
                    + " bytes too many; was the value written with the same serializer?");
        }
    }

    private static final class Utf8 implements Serializer<String> {

        @Override
        public String name() {
            return "string";
        }

        @Override
        public void write(String value, SerializerOutput output) {
            for (int i = 0; i < value.length(); i++) {
                char unit = value.charAt(i);
                if (Character.isSurrogate(unit)) {
                    if (!Character.isHighSurrogate(unit) || i + 1 == value.length()
                            || !Character.isLowSurrogate(value.charAt(i + 1))) {
                        throw new IllegalArgumentException(
                                "the text has an unpaired surrogate at index " + i + " and has no UTF-8 form");
                    }
                    i++;
                }
            }
            output.writeBytes(value.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String read(SerializerInput input) {
            return input.readRemainingUtf8();
        }

    }

    private static final class Int32 implements Serializer<Integer> {

        @Override
        public String name() {
            return "int32";
        }

        @Override
        public void write(Integer value, SerializerOutput output) {
            output.writeInt(value ^ Integer.MIN_VALUE);
        }

        @Override
        public Integer read(SerializerInput input) {
            int value = input.readInt() ^ Integer.MIN_VALUE;
            checkEmpty(input, name());
            return value;
        }

    }

    private static final class Int64 implements Serializer<Long> {

        @Override
        public String name() {
            return "int64";
        }

        @Override
        public void write(Long value, SerializerOutput output) {
            output.writeLong(value ^ Long.MIN_VALUE);
        }

        @Override
        public Long read(SerializerInput input) {
            long value = input.readLong() ^ Long.MIN_VALUE;
            checkEmpty(input, name());
            return value;
        }

    }

    private static final class Float64 implements Serializer<Double> {

        @Override
        public String name() {
            return "float64";
        }

        @Override
        public void write(Double value, SerializerOutput output) {
            long bits = Double.doubleToLongBits(value);
            output.writeLong((bits < 0) ? ~bits : bits ^ Long.MIN_VALUE);
        }

        @Override
        public Double read(SerializerInput input) {
            long bits = input.readLong();
            checkEmpty(input, name());
            return Double.longBitsToDouble((bits < 0) ? bits ^ Long.MIN_VALUE : ~bits);
        }

    }

    private static final class Bool implements Serializer<Boolean> {

        @Override
        public String name() {
            return "bool";
        }

        @Override
        public void write(Boolean value, SerializerOutput output) {
            output.writeByte(value ? 1 : 0);
        }

        @Override
        public Boolean read(SerializerInput input) {
            byte value = input.readByte();
            checkEmpty(input, name());
            if (value != 0 && value != 1) {
                throw new StateException("serializer bool found the byte " + value
                        + " where 0 or 1 was expected; was the value written with the same serializer?");
            }
            return value == 1;
        }

    }

    private static final class Bytes implements Serializer<byte[]> {

        @Override
        public String name() {
            return "bytes";
        }

        @Override
        public void write(byte[] value, SerializerOutput output) {
            output.writeBytes(value);
        }

        @Override
        public byte[] read(SerializerInput input) {
            return input.readRemaining();
        }

    }

}
