package io.flowstate.serialization;

/** Byte arrays as they are. */
final class BytesSerializer implements Serializer<byte[]> {

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
