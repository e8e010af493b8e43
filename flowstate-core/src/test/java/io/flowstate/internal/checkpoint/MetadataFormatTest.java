package io.flowstate.internal.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;

import io.flowstate.storage.CorruptStateException;
import io.flowstate.testing.Torture;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class MetadataFormatTest {

    private static final UUID STORE_ID = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");

    private static final List<ByteBuffer> OLDER = items("one", "two", "three", "four", "five", "six");

    private static final List<ByteBuffer> NEWER = items("1", "two", "three", "", "six", "7");

    private static List<ByteBuffer> items(String... texts) {
        return Arrays.stream(texts).map((text) -> ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))).toList();
    }

    private static byte[] encoded(List<ByteBuffer> items, List<ByteBuffer> older) {
        ByteBuffer buffer = MetadataFormat.encode(STORE_ID, items, older).bytes();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static List<ByteBuffer> decode(byte[] bytes, List<ByteBuffer> older) {
        return MetadataFormat.decode(ByteBuffer.wrap(bytes), STORE_ID, older, "example.meta");
    }

    @Test
    void bytesOfWhatDiffers() {
        assertThat(HexFormat.of().formatHex(encoded(NEWER, OLDER))).isEqualTo("464c4f574d455441040000005a000000" // header
                + "7766554433221100ffeeddccbbaa9988" // store id
                + "000000000000000001000000" + "0100000031" // none taken over, then 1
                + "010000000200000001000000" + "00000000" // two and three, then the empty
                                                          // item
                + "050000000100000001000000" + "0100000037" // six, then 7
                + "42b26e04" + "82376399"); // checksums
    }

    @Test
    void whatWasWrittenIsReadWhateverTheOlderListWas() {
        SplittableRandom random = Torture.random(Torture.seed("metadata-format"), 0);
        List<ByteBuffer> older = List.of();
        for (int i = 0; i < 20_000; i++) {
            List<ByteBuffer> newer = new ArrayList<>(older);
            for (int change = random.nextInt(6); change > 0; change--) {
                int at = random.nextInt(newer.size() + 1);
                switch (random.nextInt(4)) {
                    case 0 -> newer.subList(at, Math.min(newer.size(), at + random.nextInt(4))).clear();
                    case 1 -> newer.add(at, items(random.nextInt(1000) + "").get(0));
                    case 2 -> newer.addAll(at, items("a" + random.nextInt(9), "", "b".repeat(random.nextInt(300))));
                    default ->
                        newer.add(newer.isEmpty() ? items("x").get(0) : newer.remove(random.nextInt(newer.size())));
                }
            }
            if (newer.size() > 50) {
                newer.subList(0, 30).clear();
            }

            byte[] bytes = encoded(newer, older);

            assertThat(decode(bytes, older)).isEqualTo(newer);
            assertThat(MetadataFormat.encode(STORE_ID, newer, older).items()).isEqualTo(newer);
            older = newer;
        }
    }

    @Test
    void unchangedItemsAreNotWritten() {
        List<ByteBuffer> older = items(
                new SplittableRandom(1).longs(10_000).mapToObj(Long::toString).toArray(String[]::new));
        List<ByteBuffer> newer = new ArrayList<>(older.subList(1000, older.size()));
        newer.set(500, items("other").get(0));
        newer.addAll(items("more", "and more"));

        assertThat(encoded(older, older)).hasSize(32 + 12 + 8);
        assertThat(encoded(newer, older)).hasSizeLessThan(120);
    }

    @Test
    void theOlderListOfAnotherObjectIsDamage() {
        byte[] bytes = encoded(NEWER, OLDER);

        assertThatExceptionOfType(CorruptStateException.class)
            .isThrownBy(() -> decode(bytes, items("one", "two", "3", "four", "five", "six")))
            .withMessageContaining("content of checksum");
        assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> decode(bytes, List.of()))
            .withMessageContaining("metadata that fit those before");
    }

    @Test
    void nonsenseWithRightChecksumsIsATypedError() {
        SplittableRandom random = Torture.random(Torture.seed("metadata-format"), 1);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = encoded(NEWER, OLDER);
            for (int j = random.nextInt(1, 4); j > 0; j--) {
                int at = random.nextInt(32, bytes.length - 8);
                bytes[at] = (byte) (random.nextBoolean() ? random.nextInt(256) : -1);
            }
            ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            buffer.putInt(bytes.length - 4, MetadataFormat.checksum(List.of(buffer.slice(0, bytes.length - 4))));
            try {
                assertThat(decode(bytes, OLDER)).isEqualTo(NEWER);
            }
            catch (CorruptStateException ex) {
                assertThat(ex.resource()).isEqualTo("example.meta");
            }
        }
    }

}
