package io.flowstate.serialization;

/**
 * The serializers of numbers and booleans: big-endian, with the sign bit flipped, so that
 * negative numbers stand before positive ones when bytes are compared unsigned.
 */
final class NumberSerializers {

    private NumberSerializers() {
    }

    static final class Int32 implements FixedLengthSerializer<Integer> {

        @Override
        public String name() {
            return "int32";
        }

        @Override
        public int lengthBytes() {
            return Integer.BYTES;
        }

        @Override
        public void write(Integer value, SerializerOutput output) {
            output.writeInt(value ^ Integer.MIN_VALUE);
        }

        @Override
        public Integer read(SerializerInput input) {
            int value = input.readInt() ^ Integer.MIN_VALUE;
            ReadErrors.checkEmpty(input, name());
            return value;
        }

    }

    static final class Int64 implements FixedLengthSerializer<Long> {

        @Override
        public String name() {
            return "int64";
        }

        @Override
        public int lengthBytes() {
            return Long.BYTES;
        }

        @Override
        public void write(Long value, SerializerOutput output) {
            output.writeLong(value ^ Long.MIN_VALUE);
        }

        @Override
        public Long read(SerializerInput input) {
            long value = input.readLong() ^ Long.MIN_VALUE;
            ReadErrors.checkEmpty(input, name());
            return value;
        }

    }

    static final class Float64 implements FixedLengthSerializer<Double> {

        @Override
        public String name() {
            return "float64";
        }

        @Override
        public int lengthBytes() {
            return Double.BYTES;
        }

        @Override
        public void write(Double value, SerializerOutput output) {
            long bits = Double.doubleToLongBits(value);
            output.writeLong((bits < 0) ? ~bits : bits ^ Long.MIN_VALUE);
        }

        @Override
        public Double read(SerializerInput input) {
            long written = input.readLong();
            ReadErrors.checkEmpty(input, name());
            long bits = (written < 0) ? written ^ Long.MIN_VALUE : ~written;
            double value = Double.longBitsToDouble(bits);
            if (Double.isNaN(value) && bits != Double.doubleToLongBits(Double.NaN)) {
                throw ReadErrors.unexpected(name(), "a number or the one NaN that is written", "another NaN");
            }
            return value;
        }

    }

    static final class Bool implements FixedLengthSerializer<Boolean> {

        @Override
        public String name() {
            return "bool";
        }

        @Override
        public int lengthBytes() {
            return 1;
        }

        @Override
        public void write(Boolean value, SerializerOutput output) {
            output.writeByte(value ? 1 : 0);
        }

        @Override
        public Boolean read(SerializerInput input) {
            byte value = input.readByte();
            ReadErrors.checkEmpty(input, name());
            if (value != 0 && value != 1) {
                throw ReadErrors.unexpected(name(), "the byte 0 or 1", "the byte " + value);
            }
            return value == 1;
        }

    }

}
