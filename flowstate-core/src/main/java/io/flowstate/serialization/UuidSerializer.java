package io.flowstate.serialization;

import java.util.UUID;

/** UUIDs in their sixteen bytes, which stand in the order of their text. */
final class UuidSerializer implements FixedLengthSerializer<UUID> {

    @Override
    public String name() {
        return "uuid";
    }

    @Override
    public int lengthBytes() {
        return 2 * Long.BYTES;
    }

    @Override
    public void write(UUID value, SerializerOutput output) {
        output.writeLong(value.getMostSignificantBits());
        output.writeLong(value.getLeastSignificantBits());
    }

    @Override
    public UUID read(SerializerInput input) {
        UUID value = new UUID(input.readLong(), input.readLong());
        ReadErrors.checkEmpty(input, name());
        return value;
    }

}
