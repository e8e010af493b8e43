package io.flowstate.serialization;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/** Runs random values through every built-in serializer, each run with its own seed. */
class SerializerOrderTest {

    private static final int ROUNDS = 20_000;

    static List<Sample<?>> samples() {
        return Sample.all();
    }

    private static SplittableRandom random(Sample<?> sample) {
        long seed = Long.getLong("flowstate.seed", System.nanoTime());
        System.out.println(sample + ": -Dflowstate.seed=" + seed);
        return new SplittableRandom(seed);
    }

    @ParameterizedTest
    @MethodSource("samples")
    <T> void bytesStandInTheOrderOfTheValuesAndAreEqualForEqualOnes(Sample<T> sample) {
        SplittableRandom random = random(sample);

        for (int i = 0; i < ROUNDS; i++) {
            T left = sample.next(random);
            T right = sample.next(random);

            int order = Integer.signum(sample.order().compare(left, right));
            int orderOfBytes = Integer.signum(Arrays.compareUnsigned(sample.bytes(left), sample.bytes(right)));

            assertThat(orderOfBytes).as("%s and %s", left, right).isEqualTo(order);
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    <T> void whatIsReadIsWhatWasWritten(Sample<T> sample) {
        SplittableRandom random = random(sample);

        for (int i = 0; i < ROUNDS; i++) {
            T value = sample.next(random);

            byte[] bytes = sample.bytes(value);
            T read = sample.read(bytes);

            assertThat(sample.order().compare(read, value)).as("%s and %s", value, read).isZero();
            assertThat(sample.bytes(read)).isEqualTo(bytes);
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    <T> void bytesAreAppendedAndReadAtAnyOffset(Sample<T> sample) {
        SplittableRandom random = random(sample);
        SerializerOutput output = new SerializerOutput(1);
        T first = sample.next(random);
        T second = sample.next(random);

        sample.serializer().write(first, output);
        int middle = output.length();
        sample.serializer().write(second, output);

        SerializerInput input = new SerializerInput(output.array(), 0, middle);
        assertThat(sample.order().compare(sample.serializer().read(input), first)).isZero();
        input.reset(output.array(), middle, output.length() - middle);
        assertThat(sample.order().compare(sample.serializer().read(input), second)).isZero();
        assertThat(input.remaining()).isZero();
    }

}
