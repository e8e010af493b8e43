package io.flowstate.internal.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;

import io.flowstate.internal.hybridlog.SegmentRange;
import io.flowstate.internal.kv.IndexSnapshot;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.IncompatibleFormatException;
import io.flowstate.storage.LogSegment;
import io.flowstate.storage.StateException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class CheckpointMetadataTest {

    private static final UUID STORE_ID = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");

    private static CheckpointMetadata example() {
        return new CheckpointMetadata(
                STORE_ID, 7, 3, 4096, 20480, 144, 4, List.of(
                        new RecordedState(new StateDescription(1, StateKind.MAP, List.of("orders", "ü"), "totals",
                                "string", "int64"), 1000, 72000, 5, null),
                        new RecordedState(
                                new StateDescription(2, StateKind.VALUE, List.of("orders"), "config", "", "string"), 1,
                                40, 0, null),
                        new RecordedState(
                                new StateDescription(3, StateKind.SORTED_MAP, List.of("orders"), "by-time", "instant",
                                        "string"),
                                0, 0, 0, new RecordedPages(new long[] { 1, 2, 3, 4, 5, 6, 7, 8 }, 12, 32768))),
                List.of(new SegmentRange(new LogSegment("records", 2, 0, 4096), 12288),
                        new SegmentRange(new LogSegment("records", 3, 1, 12288), 20480)),
                new IndexSnapshot(8192, 16384, List.of(new SegmentRange(new LogSegment("indexes", 3, 0, 4096), 8192))),
                new PageLog(
                        List.of(new SegmentRange(new LogSegment("pages", 2, 0, 4096), 8192),
                                new SegmentRange(new LogSegment("pages", 3, 0, 16384), 20480)),
                        0x0001_0000_0000_0108L, Set.of("zstd")),
                new byte[] { 1, 2, 3 });
    }

    /** The only object of a checkpoint. */
    private static byte[] encoded(CheckpointMetadata metadata) {
        ByteBuffer buffer = MetadataFormat.encode(STORE_ID, metadata.items(), List.of()).bytes();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static CheckpointMetadata decode(byte[] bytes) {
        return CheckpointMetadata.of(MetadataFormat.decode(ByteBuffer.wrap(bytes), STORE_ID, List.of(), "example.meta"),
                STORE_ID, "example.meta");
    }

    @Test
    void bytesOfFormatVersion4() {
        assertThat(HexFormat.of().formatHex(encoded(example()))).isEqualTo("464c4f574d4554410400000099020000" // header
                + "7766554433221100ffeeddccbbaa9988" // store id
                + "00000000000000000b000000" // no item taken over, 11 new
                + "54000000" + "07000000000000000300000000000000" // version, run
                + "00100000000000000050000000000000" // begin, end
                + "9000000004000000" // largest record, next state id
                + "00200000000000000040000000000000" // snapshot: replay from, valid from
                + "0801000000000100" // newest block
                + "0300000002000000010000000200000001000000" // numbers of items
                + "4b000000" + "010000000102060000006f726465727302000000c3bc06000000746f74616c"
                + "7306000000737472696e6705000000696e743634" + "e80300000000000040190100000000000500000000000000" // totals
                + "40000000" + "020000000301060000006f726465727306000000636f6e6669670000000006" + "000000737472696e67"
                + "010000000000000028000000000000000000000000000000" // config
                + "90000000" + "030000000401060000006f72646572730700000062792d74696d6507000000"
                + "696e7374616e7406000000737472696e67" + "000000000000000000000000000000000000000000000000" // by-time
                + "008000000c000000" // page size, next page
                + "01000000000000000200000000000000030000000000000004000000000000000500000000000000"
                + "060000000000000007000000000000000800000000000000" // its numbers
                + "27000000070000007265636f72647302000000000000000000000000100000000000000030000000000000" // segments
                                                                                                           // of
                                                                                                           // the
                                                                                                           // record
                                                                                                           // log
                + "27000000070000007265636f72647303000000000000000100000000300000000000000050000000000000"
                + "2700000007000000696e646578657303000000000000000000000000100000000000000020000000000000" // segment
                                                                                                           // of
                                                                                                           // the
                                                                                                           // snapshot
                + "2500000005000000706167657302000000000000000000000000100000000000000020000000000000" // segments
                                                                                                       // of
                                                                                                       // the
                                                                                                       // page
                                                                                                       // log
                + "2500000005000000706167657303000000000000000000000000400000000000000050000000000000"
                + "08000000040000007a737464" // codec
                + "03000000010203" // metadata of the caller
                + "0d92adcb1ec76e59"); // checksums
    }

    @Test
    void whatWasWrittenIsRead() {
        CheckpointMetadata read = decode(encoded(example()));

        assertThat(read).usingRecursiveComparison().isEqualTo(example());
    }

    @Test
    void eachFlippedBitAndEachLengthIsDamage() {
        byte[] bytes = encoded(example());
        for (int i = 0; i < bytes.length * 8; i++) {
            byte[] damaged = bytes.clone();
            damaged[i / 8] ^= (byte) (1 << (i % 8));
            assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> decode(damaged))
                .withMessageStartingWith("example.meta is damaged");
        }
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> decode(cut));
        }
        assertThatExceptionOfType(CorruptStateException.class)
            .isThrownBy(() -> decode(Arrays.copyOf(bytes, bytes.length + 1)));
    }

    @Test
    void rightChecksumOverNonsenseIsATypedError() {
        long seed = 99;
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = encoded(example());
            for (int j = random.nextInt(1, 4); j > 0; j--) {
                int at = random.nextInt(16, bytes.length - 4);
                bytes[at] = (byte) (random.nextBoolean() ? random.nextInt(256) : -1);
            }
            try {
                decode(resealed(bytes));
            }
            catch (StateException ex) {
                assertThat(ex).isInstanceOf(CorruptStateException.class);
            }
        }
    }

    /** With checksums that are right, if it can be read at all. */
    private static byte[] resealed(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        sealWhole(buffer);
        try {
            decode(bytes);
        }
        catch (CorruptStateException ex) {
            if (ex.expected().startsWith("content of checksum ")) {
                buffer.putInt(bytes.length - 8, Integer.parseUnsignedInt(ex.found(), 16));
                sealWhole(buffer);
            }
        }
        catch (IncompatibleFormatException ex) {
            assertThat(ex.found()).isNotEqualTo(4);
        }
        return bytes;
    }

    private static void sealWhole(ByteBuffer buffer) {
        int length = buffer.capacity() - 4;
        buffer.putInt(length, MetadataFormat.checksum(List.of(buffer.slice(0, length))));
    }

    @Test
    void otherFormatVersionsAreRefusedAsSuch() {
        byte[] newer = encoded(example());
        newer[8] = 5;
        byte[] older = encoded(example());
        older[8] = 3;

        assertThatExceptionOfType(IncompatibleFormatException.class).isThrownBy(() -> decode(resealed(newer)))
            .withMessage("example.meta has format version 5, too new for this version of FlowState, which reads 4");
        assertThatExceptionOfType(IncompatibleFormatException.class).isThrownBy(() -> decode(resealed(older)))
            .withMessageContaining("example.meta has format version 3, too old");
    }

    @Test
    void anotherStoreIsNamed() {
        byte[] bytes = encoded(example());
        bytes[16]++;

        assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> decode(resealed(bytes)))
            .withMessageContaining("store " + STORE_ID);
    }

}
