package io.flowstate.spring.boot.json;

import java.io.OutputStream;

import io.flowstate.serialization.Serializer;
import io.flowstate.serialization.SerializerInput;
import io.flowstate.serialization.SerializerOutput;
import io.flowstate.storage.StateException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.exc.InvalidDefinitionException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Values of one type as JSON in UTF-8.
 *
 * @param <T> the type of the values
 */
final class JsonSerializer<T> implements Serializer<T> {

    private final String name;

    private final JavaType type;

    private final ObjectReader reader;

    private final ObjectWriter writer;

    JsonSerializer(String name, JavaType type, JsonMapper mapper) {
        this.name = name;
        this.type = type;
        this.reader = mapper.readerFor(type);
        this.writer = mapper.writerFor(type);
        checkReadable();
    }

    // Without this, a type that can be written but not read would show after a restart.
    private void checkReadable() {
        try {
            this.reader.readValue("null");
        }
        catch (InvalidDefinitionException ex) {
            throw new IllegalArgumentException(
                    "serializer " + this.name + " cannot read " + this.type.toCanonical() + " from JSON", ex);
        }
        catch (JacksonException ex) {
            // Null itself may be refused.
        }
    }

    @Override
    public String name() {
        return this.name;
    }

    @Override
    public void write(T value, SerializerOutput output) {
        try {
            this.writer.writeValue(new ToOutput(output), value);
        }
        catch (JacksonException ex) {
            throw new IllegalArgumentException(
                    "serializer " + this.name + " cannot write a value of " + this.type.toCanonical() + " as JSON", ex);
        }
    }

    @Override
    public T read(SerializerInput input) {
        byte[] json = input.readRemaining();
        T value;
        try {
            value = this.reader.readValue(json);
        }
        catch (RuntimeException ex) {
            // Not the cause: its message quotes the data.
            throw unreadable(json.length, describe(ex));
        }
        if (value == null) {
            throw unreadable(json.length, "null");
        }
        return value;
    }

    private StateException unreadable(int length, String found) {
        return new StateException("serializer " + this.name + " expected the JSON of " + this.type.toCanonical()
                + " and found, in " + length + " bytes, " + found
                + "; was the value written with the same serializer, and has the type changed since?");
    }

    private static String describe(RuntimeException failure) {
        String kind = failure.getClass().getSimpleName();
        if (failure instanceof JacksonException located && located.getLocation() != null
                && located.getLocation().getColumnNr() > 0) {
            return kind + " at line " + located.getLocation().getLineNr() + ", column "
                    + located.getLocation().getColumnNr();
        }
        return kind;
    }

    /** Passes on what Jackson has in its own buffer. */
    private static final class ToOutput extends OutputStream {

        private final SerializerOutput output;

        private ToOutput(SerializerOutput output) {
            this.output = output;
        }

        @Override
        public void write(int value) {
            this.output.writeByte(value);
        }

        @Override
        public void write(byte[] source, int offset, int count) {
            this.output.writeBytes(source, offset, count);
        }

    }

}
