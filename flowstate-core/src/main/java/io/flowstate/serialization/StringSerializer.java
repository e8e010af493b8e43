package io.flowstate.serialization;

/** Text as UTF-8, whose bytes stand in the order of the code points. */
final class StringSerializer implements Serializer<String> {

    @Override
    public String name() {
        return "string";
    }

    @Override
    public void write(String value, SerializerOutput output) {
        output.writeUtf8(value);
    }

    @Override
    public String read(SerializerInput input) {
        return input.readRemainingUtf8();
    }

}
