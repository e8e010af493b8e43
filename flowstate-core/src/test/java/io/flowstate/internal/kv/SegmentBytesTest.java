package io.flowstate.internal.kv;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

import io.flowstate.internal.hybridlog.LogAddress;
import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.LogSegment;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The bytes of a segment in format version 1: header, records, padding.
 */
class SegmentBytesTest {

    private static final String HEADER = "464c4f575345474d0100000000000000" // magic,
                                                                            // version
            + "01000000000000000200000000000000" // store id
            + "01000000000000000000000000000000" // run, number
            + "00100000000000007265636f72647300" // start address, log
            + "0000000000000000";

    private static final String HEADER_CHECKSUM = "1ded1b99";

    private static final String FIRST_RECORD = "0000000000000000547b37e706000000" // info,
                                                                                  // checksum,
                                                                                  // size
            + "05000000050000000100000000000000" // state, lengths, spare
            + "616c7068610000003100000000000000";

    private static final String FIRST_PADDING = "1f3f723ffa010080";

    private static final String TOMBSTONE = "0002000000000400c8bd39a507000000" // tombstone,
                                                                               // previous
                                                                               // record
                                                                               // at 4096
            + "05000000050000000a00000000000000616c706861000000746865207365636f6e64000000000000";

    private static final String OTHER_RECORD = "00000000000000009f7fe7cd07000000"
            + "05000000010000000d000000000000006200000000000000616e6f7468657220636861696e000000";

    private static final String LAST_PADDING = "03790db6f2010080";

    @Test
    void bytesOfFormatVersion1() {
        LogDeviceFactory devices = LogDeviceFactory.inMemory();
        try (EngineFixture fixture = new EngineFixture(devices, (key, length) -> (long) key[0] << 40, 1,
                LogAddress.FIRST, LogAddress.FIRST, List.of())) {
            RecordStore store = fixture.store(5);
            put(store, "alpha", "1");
            fixture.cutAndFlush();
            put(store, "alpha", "the second");
            store.remove(operation("alpha"));
            put(store, "b", "another chain");
            fixture.cutAndFlush();
        }

        byte[] bytes = segmentBytes(devices, new LogSegment("records", 1, 0, LogAddress.FIRST));
        HexFormat hex = HexFormat.of();
        assertThat(bytes).hasSize(3 * LogAddress.BLOCK_BYTES);
        assertThat(hex.formatHex(bytes, 0, 72)).isEqualTo(HEADER);
        assertThat(hex.formatHex(bytes, 4092, 4096)).isEqualTo(HEADER_CHECKSUM);
        assertThat(hex.formatHex(bytes, 4096, 4096 + 48 + 8)).isEqualTo(FIRST_RECORD + FIRST_PADDING);
        assertThat(hex.formatHex(bytes, 8192, 8192 + 56 + 56 + 8)).isEqualTo(TOMBSTONE + OTHER_RECORD + LAST_PADDING);
        assertThat(Arrays.copyOfRange(bytes, 72, 4092)).containsOnly(0);
    }

    private static byte[] segmentBytes(LogDeviceFactory devices, LogSegment segment) {
        try (LogDevice device = devices.open("test")) {
            ByteBuffer bytes = ByteBuffer.allocate((int) device.length(segment));
            device.read(segment, 0, bytes);
            return bytes.array();
        }
    }

    private static Operation operation(String key) {
        Operation operation = new Operation();
        operation.key().writeBytes(key.getBytes(StandardCharsets.UTF_8));
        return operation;
    }

    private static void put(RecordStore store, String key, String value) {
        Operation operation = operation(key);
        operation.newValue().writeBytes(value.getBytes(StandardCharsets.UTF_8));
        store.put(operation);
    }

}
