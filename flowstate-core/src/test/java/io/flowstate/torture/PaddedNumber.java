package io.flowstate.torture;

import io.flowstate.serialization.Serializer;
import io.flowstate.serialization.SerializerInput;
import io.flowstate.serialization.SerializerOutput;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Writes a number with bytes behind it, as many as the number says, so that few stand in
 * a page and some on pages of their own.
 */
final class PaddedNumber implements Serializer<Long> {

    @Override
    public String name() {
        return "padded";
    }

    @Override
    public void write(Long value, SerializerOutput output) {
        output.writeLong(value);
        output.writeBytes(new byte[padding(value)]);
    }

    @Override
    public Long read(SerializerInput input) {
        long value = input.readLong();
        assertThat(input.readRemaining()).isEqualTo(new byte[padding(value)]);
        return value;
    }

    private static int padding(long value) {
        return (value % 23 == 0) ? 6000 : Math.floorMod(value * 37, 1400);
    }

}
