package io.flowstate.internal.pagestore;

import java.util.Map;

import io.flowstate.internal.hybridlog.SegmentRange;
import io.flowstate.internal.pagetable.PageTable;
import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogDeviceFactory;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** The page log: where its segments end, what stays of it, and how it is read again. */
class PageStoreTest {

    /** With the header of its image, 4 KiB without a rest. */
    private static final int PAGE_BYTES = 4096 - 25;

    private static final int STATE = 1;

    private final LogDevice device = LogDeviceFactory.inMemory().open("test");

    @Test
    void aSegmentEndsWhereItShouldEvenIfAnImageEndsThere() {
        try (PageLogFixture fixture = new PageLogFixture(this.device)) {
            fixture.checkpoint(STATE, 1, 100, PAGE_BYTES);

            assertThat(fixture.segments.ranges()).hasSizeGreaterThan(6);
            for (SegmentRange range : fixture.segments.ranges()) {
                assertThat(range.startAddress() / PageLogFixture.SEGMENT_BYTES)
                    .as("the segment in which the last byte of %s belongs", range)
                    .isEqualTo((range.endAddress() - 1) / PageLogFixture.SEGMENT_BYTES);
            }
            PageTable table = fixture.tables.get(STATE);
            for (int page = 1; page <= 100; page++) {
                assertThat(fixture.store.read(STATE, page, table.get(page)))
                    .isEqualTo(PageLogFixture.bytes(page, PAGE_BYTES));
            }
        }
    }

    @Test
    void littleStaysOfALogOfWhichNothingIsNeeded() {
        try (PageLogFixture fixture = new PageLogFixture(this.device)) {
            for (int i = 0; i < 20; i++) {
                fixture.checkpoint(STATE, 1 + i * 16, 16, PAGE_BYTES);
            }

            fixture.tables.clear();
            fixture.complete(fixture.store.begin(Map.of()));

            assertThat(fixture.segments.sizeBytes()).isLessThanOrEqualTo(2 * PageLogFixture.SEGMENT_BYTES);
        }
    }

    /** Each of them is a read, which takes long on some devices. */
    @Test
    void recoveryReadsFewBlocksHoweverManyCheckpointsChangedLittle() {
        try (PageLogFixture fixture = new PageLogFixture(this.device, 64 << 20)) {
            for (int i = 0; i < 1000; i++) {
                fixture.checkpoint(STATE, 1 + i % 5, 1, 100);
            }

            long before = fixture.segments.reads();
            PageTable table = new PageTable();
            fixture.store.load(Map.of(STATE, table), fixture.lastBlock);

            assertThat(fixture.segments.reads() - before).isLessThanOrEqualTo(200);
            for (int page = 1; page <= 5; page++) {
                assertThat(table.get(page)).isEqualTo(fixture.tables.get(STATE).get(page));
            }
        }
    }

}
