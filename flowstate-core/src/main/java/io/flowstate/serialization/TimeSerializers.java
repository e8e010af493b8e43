package io.flowstate.serialization;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoField;

/**
 * The serializers of times. Seconds and days are big-endian with the sign bit flipped.
 *
 * <pre>
 *   Instant     seconds since 1970 (8)   nanoseconds from 0 to 999,999,999 (4)
 *   Duration    seconds (8)              nanoseconds from 0 to 999,999,999 (4)
 *   LocalDate   days since 1970 (8)
 * </pre>
 */
final class TimeSerializers {

    private static final int NANOS_PER_SECOND = 1_000_000_000;

    private TimeSerializers() {
    }

    private static int readNanos(SerializerInput input, String name) {
        int nanos = input.readInt();
        ReadErrors.checkEmpty(input, name);
        if (nanos < 0 || nanos >= NANOS_PER_SECOND) {
            throw ReadErrors.unexpected(name, "nanoseconds of one second", Integer.toUnsignedString(nanos));
        }
        return nanos;
    }

    static final class OfInstant implements FixedLengthSerializer<Instant> {

        @Override
        public String name() {
            return "instant";
        }

        @Override
        public int lengthBytes() {
            return Long.BYTES + Integer.BYTES;
        }

        @Override
        public void write(Instant value, SerializerOutput output) {
            output.writeLong(value.getEpochSecond() ^ Long.MIN_VALUE);
            output.writeInt(value.getNano());
        }

        @Override
        public Instant read(SerializerInput input) {
            long seconds = input.readLong() ^ Long.MIN_VALUE;
            int nanos = readNanos(input, name());
            if (seconds < Instant.MIN.getEpochSecond() || seconds > Instant.MAX.getEpochSecond()) {
                throw ReadErrors.unexpected(name(), "a second that an Instant can hold", "one that is out of range");
            }
            return Instant.ofEpochSecond(seconds, nanos);
        }

    }

    static final class OfDuration implements FixedLengthSerializer<Duration> {

        @Override
        public String name() {
            return "duration";
        }

        @Override
        public int lengthBytes() {
            return Long.BYTES + Integer.BYTES;
        }

        @Override
        public void write(Duration value, SerializerOutput output) {
            output.writeLong(value.getSeconds() ^ Long.MIN_VALUE);
            output.writeInt(value.getNano());
        }

        @Override
        public Duration read(SerializerInput input) {
            long seconds = input.readLong() ^ Long.MIN_VALUE;
            return Duration.ofSeconds(seconds, readNanos(input, name()));
        }

    }

    static final class OfLocalDate implements FixedLengthSerializer<LocalDate> {

        @Override
        public String name() {
            return "local-date";
        }

        @Override
        public int lengthBytes() {
            return Long.BYTES;
        }

        @Override
        public void write(LocalDate value, SerializerOutput output) {
            output.writeLong(value.toEpochDay() ^ Long.MIN_VALUE);
        }

        @Override
        public LocalDate read(SerializerInput input) {
            long day = input.readLong() ^ Long.MIN_VALUE;
            ReadErrors.checkEmpty(input, name());
            if (!ChronoField.EPOCH_DAY.range().isValidValue(day)) {
                throw ReadErrors.unexpected(name(), "a day that a LocalDate can hold", "one that is out of range");
            }
            return LocalDate.ofEpochDay(day);
        }

    }

}
