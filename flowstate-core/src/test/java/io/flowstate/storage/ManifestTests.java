package io.flowstate.storage;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.zip.CRC32C;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Manifest} and the bytes of it, {@link ManifestFormat}.
 */
class ManifestTests {

    private static final UUID STORE_ID = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");

    private static final Instant TIME = Instant.ofEpochMilli(0x0102_0304_0506L);

    private static final List<MetadataObject> OBJECTS = List.of(new MetadataObject(name(1, 1), 1, 0));

    private static final Manifest MANIFEST = new Manifest(STORE_ID, 3, 9,
            List.of(new CommittedCheckpoint(7, List.of(new MetadataObject(name(7, 1), 0x1122, 0xCAFEBABE)), TIME,
                    0x334455),
                    new CommittedCheckpoint(8, List.of(new MetadataObject(name(7, 1), 0x1122, 0xCAFEBABE),
                            new MetadataObject(name(8, 0xabc), 1, -1)), Instant.EPOCH, 0)));

    private static final String GOLDEN = """
            466c6f7753746174 4d414e49 02000000
            00112233445566778899aabbccddeeff
            0d010000 02000000 0300000000000000 0900000000000000
            0700000000000000 0605040302010000 5544330000000000 01 22110000 bebafeca
            2c 636865636b706f696e742d 30303030303030303030303030303037 2d 30303030303030303030303030303031
            0800000000000000 0000000000000000 0000000000000000 02 22110000 bebafeca
            2c 636865636b706f696e742d 30303030303030303030303030303037 2d 30303030303030303030303030303031
            01000000 ffffffff
            2c 636865636b706f696e742d 30303030303030303030303030303038 2d 30303030303030303030303030616263
            5b305d10
            """;

    @Test
    void theBytesAreThoseOfTheFormat() {
        assertThat(HexFormat.of().formatHex(bytes(MANIFEST))).isEqualTo(GOLDEN.replaceAll("\\s", ""));
    }

    @Test
    void whatWasEncodedIsDecoded() {
        Random random = new Random(1);
        for (int checkpoints = 0; checkpoints < 50; checkpoints++) {
            CommittedCheckpoint[] list = new CommittedCheckpoint[checkpoints];
            for (int i = 0; i < checkpoints; i++) {
                MetadataObject[] objects = new MetadataObject[1 + random.nextInt(10)];
                Arrays.setAll(objects, (j) -> new MetadataObject(name(random.nextLong(), random.nextLong()),
                        1 + random.nextInt(Integer.MAX_VALUE), random.nextInt()));
                list[i] = new CommittedCheckpoint(1 + i * 3L, List.of(objects), Instant.ofEpochMilli(random.nextLong()),
                        random.nextLong() >>> 1);
            }
            Manifest manifest = new Manifest(new UUID(random.nextLong(), random.nextLong()), 1 + random.nextInt(100),
                    Long.MAX_VALUE, List.of(list));

            assertThat(Manifest.decode(manifest.encode(), "test")).isEqualTo(manifest);
        }
    }

    @Test
    void decodingLeavesTheBufferAlone() {
        ByteBuffer padded = ByteBuffer.allocateDirect(1000).position(17);
        padded.put(bytes(MANIFEST)).limit(padded.position()).position(17);

        assertThat(Manifest.decode(padded.asReadOnlyBuffer(), "test")).isEqualTo(MANIFEST);
        assertThat(padded.position()).isEqualTo(17);
        assertThat(padded.order()).isEqualTo(ByteOrder.BIG_ENDIAN);
    }

    @Test
    void timesAreKeptToTheMillisecond() {
        Instant precise = Instant.ofEpochSecond(1, 999_999_999);

        assertThat(new CommittedCheckpoint(1, OBJECTS, precise, 0).completedAt()).isEqualTo(Instant.ofEpochMilli(1999));
    }

    @Test
    void aChangeOfAnyBitIsDamage() {
        byte[] golden = bytes(MANIFEST);
        for (int bit = 0; bit < golden.length * 8; bit++) {
            byte[] damaged = golden.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);

            assertCorrupt(damaged);
        }
    }

    @Test
    void anyOtherLengthIsDamage() {
        byte[] golden = bytes(MANIFEST);
        for (int length = 0; length < golden.length; length++) {
            assertCorrupt(Arrays.copyOf(golden, length));
        }
        assertCorrupt(Arrays.copyOf(golden, golden.length + 1));
        assertCorrupt(Arrays.copyOf(golden, golden.length + 4096));
        assertCorrupt(new byte[1000]);
        assertCorrupt(new byte[ManifestFormat.MAX_LENGTH + 1]);
    }

    @Test
    void anotherFormatVersionIsToldFromDamage() {
        byte[] newer = bytes(MANIFEST);
        newer[12] = 3;

        assertCorrupt(newer);
        assertThatExceptionOfType(IncompatibleFormatException.class)
            .isThrownBy(() -> Manifest.decode(sealed(newer), "the file"))
            .withMessageContaining("the file")
            .withMessageContaining("too new")
            .satisfies((ex) -> assertThat(ex.found()).isEqualTo(3));
        byte[] older = bytes(MANIFEST);
        older[12] = 1;
        assertThatExceptionOfType(IncompatibleFormatException.class)
            .isThrownBy(() -> Manifest.decode(sealed(older), "the file"))
            .withMessageContaining("too old");
    }

    @Test
    void contentThatMakesNoSenseIsDamageThoughItsChecksumIsRight() {
        assertSealedCorrupt(36, new byte[] { 3 }); // more checkpoints than there are
        assertSealedCorrupt(36, new byte[] { 1 }); // fewer
        assertSealedCorrupt(36, new byte[] { 0 }); // none
        assertSealedCorrupt(36, new byte[] { -1, -1, -1, -1 });
        assertSealedCorrupt(36, new byte[] { -1, -1, -1, 127 });
        assertSealedCorrupt(40, new byte[] { 0 }); // run 0
        assertSealedCorrupt(47, new byte[] { -1 }); // a negative run
        assertSealedCorrupt(48, new byte[] { 7 }); // a version above the highest
        assertSealedCorrupt(55, new byte[] { -1 });
        assertSealedCorrupt(56, new byte[] { 8 }); // the same version twice
        assertSealedCorrupt(56, new byte[] { 9 }); // versions that fall
        assertSealedCorrupt(56, new byte[] { 0 });
        assertSealedCorrupt(63, new byte[] { -1 });
        assertSealedCorrupt(79, new byte[] { -1 }); // a negative size
        assertSealedCorrupt(80, new byte[] { 0 }); // no objects
        assertSealedCorrupt(80, new byte[] { 2 }); // more objects than there are
        assertSealedCorrupt(80, new byte[] { 127 });
        assertSealedCorrupt(80, new byte[] { -1 });
        assertSealedCorrupt(81, new byte[] { 0, 0 }); // an object without bytes
        assertSealedCorrupt(84, new byte[] { -1 });
        assertSealedCorrupt(89, new byte[] { 11 }); // names of other lengths
        assertSealedCorrupt(89, new byte[] { 0 });
        assertSealedCorrupt(89, new byte[] { 127 });
        assertSealedCorrupt(89, new byte[] { -1 });
        assertSealedCorrupt(90, "../../../etc".getBytes(StandardCharsets.US_ASCII));
        assertSealedCorrupt(90, "Checkpoint-7".getBytes(StandardCharsets.US_ASCII));
        assertSealedCorrupt(90, new byte[12]);
    }

    @Test
    void randomContentNeverFailsOtherwise() {
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = bytes(MANIFEST);
            for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
                bytes[random.nextInt(36, bytes.length - 4)] = (byte) random.nextInt();
            }
            try {
                Manifest decoded = Manifest.decode(sealed(bytes), "test");
                assertThat(bytes(decoded)).isEqualTo(sealed(bytes).array());
            }
            catch (CorruptStateException ex) {
                assertThat(ex.resource()).isEqualTo("test");
            }
        }
    }

    @Test
    void aManifestThatMakesNoSenseIsNotMade() {
        CommittedCheckpoint one = new CommittedCheckpoint(1, OBJECTS, TIME, 0);
        CommittedCheckpoint two = new CommittedCheckpoint(2, OBJECTS, TIME, 0);

        assertThatIllegalArgumentException().isThrownBy(() -> new Manifest(STORE_ID, 0, 0, List.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> new Manifest(STORE_ID, 1, -1, List.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> new Manifest(STORE_ID, 1, 1, List.of(one, two)));
        assertThatIllegalArgumentException().isThrownBy(() -> new Manifest(STORE_ID, 1, 2, List.of(two, one)));
        assertThatIllegalArgumentException().isThrownBy(() -> new Manifest(STORE_ID, 1, 2, List.of(one, one)));
        assertThatIllegalArgumentException().isThrownBy(() -> new CommittedCheckpoint(0, OBJECTS, TIME, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new CommittedCheckpoint(1, OBJECTS, TIME, -1));
        assertThatIllegalArgumentException().isThrownBy(() -> new CommittedCheckpoint(1, List.of(), TIME, 0));
        assertThatIllegalArgumentException()
            .isThrownBy(() -> new CommittedCheckpoint(1, Collections.nCopies(101, OBJECTS.get(0)), TIME, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new MetadataObject(name(1, 1), 0, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new MetadataObject("../a", 1, 0))
            .withMessageContaining("../a");
    }

    private static String name(long version, long run) {
        return String.format("checkpoint-%016x-%016x", version, run);
    }

    private static void assertSealedCorrupt(int offset, byte[] replacement) {
        byte[] bytes = bytes(MANIFEST);
        System.arraycopy(replacement, 0, bytes, offset, replacement.length);
        assertCorrupt(sealed(bytes).array());
    }

    private static void assertCorrupt(byte[] bytes) {
        assertThatExceptionOfType(CorruptStateException.class)
            .isThrownBy(() -> Manifest.decode(ByteBuffer.wrap(bytes), "the file"))
            .withMessageContaining("the file");
    }

    /** With the checksum put right. */
    private static ByteBuffer sealed(byte[] bytes) {
        ByteBuffer sealed = ByteBuffer.wrap(bytes.clone()).order(ByteOrder.LITTLE_ENDIAN);
        CRC32C checksum = new CRC32C();
        checksum.update(bytes, 0, bytes.length - Integer.BYTES);
        return sealed.putInt(bytes.length - Integer.BYTES, (int) checksum.getValue());
    }

    private static byte[] bytes(Manifest manifest) {
        ByteBuffer encoded = manifest.encode();
        byte[] bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        return bytes;
    }

}
