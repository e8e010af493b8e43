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

    private static byte[] encoded(CheckpointMetadata metadata) {
        ByteBuffer buffer = metadata.encode();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static CheckpointMetadata decode(byte[] bytes) {
        return CheckpointMetadata.decode(ByteBuffer.wrap(bytes), "example.meta");
    }

    @Test
    void bytesOfFormatVersion3() {
        assertThat(HexFormat.of().formatHex(encoded(example()))).isEqualTo("464c4f574d4554410300000061020000" // header
                + "7766554433221100ffeeddccbbaa9988" // store id
                + "07000000000000000300000000000000" // version, run
                + "00100000000000000050000000000000" // begin, end
                + "9000000004000000" // largest record, next state id
                + "03000000" // states
                + "010000000102060000006f726465727302000000c3bc06000000746f74616c73" + "06000000737472696e67"
                + "05000000696e743634" + "e803000000000000" + "4019010000000000" + "0500000000000000" // totals
                + "020000000301060000006f7264657273" + "06000000636f6e666967" + "00000000" + "06000000737472696e67"
                + "0100000000000000" + "2800000000000000" + "0000000000000000" // config
                + "030000000401060000006f7264657273" + "0700000062792d74696d65" + "07000000696e7374616e74"
                + "06000000737472696e67" + "0".repeat(48) // by-time
                + "008000000c000000" // page size, next page
                + "01000000000000000200000000000000030000000000000004000000000000000500000000000000"
                + "060000000000000007000000000000000800000000000000" // its numbers
                + "02000000" // segments
                + "070000007265636f7264730200000000000000000000000010000000000000" + "0030000000000000"
                + "070000007265636f7264730300000000000000010000000030000000000000" + "0050000000000000"
                + "00200000000000000040000000000000" // snapshot: replay from, valid from
                + "01000000" // its segments
                + "07000000696e646578657303000000000000000000000000100000000000000020000000000000" + "02000000" // segments
                                                                                                                // of
                                                                                                                // the
                                                                                                                // page
                                                                                                                // log
                + "05000000706167657302000000000000000000000000100000000000000020000000000000"
                + "05000000706167657303000000000000000000000000400000000000000050000000000000" + "0801000000000100"
                + "01000000" + "040000007a737464" // newest block, codecs
                + "03000000010203" // metadata of the caller
                + "46a4bfb9"); // checksum
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

    private static byte[] resealed(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(bytes.length - 4, CheckpointMetadata.checksum(buffer, bytes.length - 4));
        return bytes;
    }

    @Test
    void otherFormatVersionsAreRefusedAsSuch() {
        byte[] newer = encoded(example());
        newer[8] = 4;

        assertThatExceptionOfType(IncompatibleFormatException.class).isThrownBy(() -> decode(resealed(newer)))
            .withMessage("example.meta has format version 4, too new for this version of FlowState, which reads 3");
    }

}
