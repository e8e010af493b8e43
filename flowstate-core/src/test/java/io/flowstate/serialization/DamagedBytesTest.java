package io.flowstate.serialization;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

import io.flowstate.storage.StateException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Reads foreign and damaged bytes with every built-in serializer: what comes is the value
 * that has exactly these bytes, or a {@link StateException}.
 */
class DamagedBytesTest {

    private static final int ROUNDS = 50_000;

    static List<Sample<?>> samples() {
        return Sample.all();
    }

    @ParameterizedTest
    @MethodSource("samples")
    <T> void damagedBytesAreAnErrorOrTheBytesOfAnotherValue(Sample<T> sample) {
        long seed = Long.getLong("flowstate.seed", System.nanoTime());
        System.out.println(sample + ": -Dflowstate.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);

        for (int i = 0; i < ROUNDS; i++) {
            byte[] bytes = random.nextInt(4) == 0 ? foreign(random)
                    : damaged(sample.bytes(sample.next(random)), random);
            T value;
            try {
                value = sample.read(bytes);
            }
            catch (StateException ex) {
                assertThat(ex).hasMessageContaining("serializer");
                continue;
            }
            assertThat(sample.bytes(value)).as("read as %s", value).isEqualTo(bytes);
        }
    }

    private static byte[] foreign(SplittableRandom random) {
        byte[] bytes = new byte[random.nextInt(40)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] damaged(byte[] whole, SplittableRandom random) {
        byte[] bytes = Arrays.copyOf(whole, Math.max(0, whole.length + random.nextInt(-1, 2)));
        for (int changes = random.nextInt(3); changes > 0 && bytes.length > 0; changes--) {
            int at = random.nextInt(bytes.length);
            bytes[at] = switch (random.nextInt(3)) {
                case 0 -> (byte) (bytes[at] ^ (1 << random.nextInt(8)));
                case 1 -> (byte) random.nextInt(-2, 4);
                default -> (byte) random.nextInt();
            };
        }
        return bytes;
    }

}
