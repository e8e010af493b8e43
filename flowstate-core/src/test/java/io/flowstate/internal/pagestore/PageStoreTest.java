package io.flowstate.internal.pagestore;

import java.util.List;
import java.util.Map;

import io.flowstate.internal.hybridlog.LogSegments;
import io.flowstate.internal.hybridlog.SegmentRange;
import io.flowstate.internal.pagestore.PageStore.RecoveredTable;
import io.flowstate.internal.pagetable.PageTable;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogDeviceFactory;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

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

    /** Each run begins a segment of its own, however little it writes. */
    @Test
    void smallSegmentsOfWhichAllIsNeededAreMerged() {
        try (PageLogFixture fixture = new PageLogFixture(this.device)) {
            for (int page = 1; page <= 300; page++) {
                fixture.segments.beginSegment();
                fixture.checkpoint(STATE, page, 1, 100);

                assertThat(fixture.segments.ranges()).as("segments after page %d", page).hasSizeLessThanOrEqualTo(40);
            }

            PageTable table = fixture.tables.get(STATE);
            for (int page = 1; page <= 300; page++) {
                assertThat(fixture.store.read(STATE, page, table.get(page))).isEqualTo(PageLogFixture.bytes(page, 100));
            }
            assertThat(fixture.store.copiedBytes()).isLessThan(300 * 300 * 10);
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
            fixture.store.load(Map.of(STATE, new RecoveredTable(table, 6)), fixture.lastBlock);

            assertThat(fixture.segments.reads() - before).isLessThanOrEqualTo(200);
            for (int page = 1; page <= 5; page++) {
                assertThat(table.get(page)).isEqualTo(fixture.tables.get(STATE).get(page));
            }
        }
    }

    @Test
    void aTableThatNamesAPageWhichCannotBeIsRefusedBeforeRoomIsMadeForIt() {
        try (PageLogFixture fixture = new PageLogFixture(this.device)) {
            PageStore.Writing writing = fixture.store.begin(Map.of(STATE, new PageTable()));
            writing.write(STATE, 1, PageLogFixture.bytes(1, 100));
            writing.write(STATE, Integer.MAX_VALUE - 1, PageLogFixture.bytes(2, 100));
            writing.finish();
            long lastBlock = writing.lastBlock();

            RecoveredTable recovered = new RecoveredTable(new PageTable(), 2);
            assertThatExceptionOfType(CorruptStateException.class)
                .isThrownBy(() -> PageStore.verify(fixture.segments, Map.of(STATE, recovered), lastBlock));
            assertThatExceptionOfType(CorruptStateException.class)
                .isThrownBy(() -> fixture.store.load(Map.of(STATE, recovered), lastBlock));
            assertThat(recovered.table().limit()).isLessThanOrEqualTo(4096);
        }
    }

    @Test
    void verifyingFindsATableThatNamesAnImageOutsideOfAllSegments() {
        try (PageLogFixture fixture = new PageLogFixture(this.device)) {
            fixture.checkpoint(STATE, 1, 40, PAGE_BYTES);
            List<SegmentRange> ranges = fixture.segments.ranges();
            List<SegmentRange> withoutFirst = ranges.subList(1, ranges.size());

            try (LogSegments damaged = PageLogFixture.segments(this.device, 2, PageLogFixture.SEGMENT_BYTES,
                    withoutFirst)) {
                assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> PageStore.verify(damaged,
                        Map.of(STATE, new RecoveredTable(new PageTable(), 41)), fixture.lastBlock));
            }
        }
    }

    /** Its older image would be counted out twice, and with it one that is needed. */
    @Test
    void aPageThatComesTwiceInOneCheckpointIsRefused() {
        try (PageLogFixture fixture = new PageLogFixture(this.device)) {
            PageStore.Writing writing = fixture.store.begin(Map.of(STATE, new PageTable()));
            writing.write(STATE, 1, PageLogFixture.bytes(1, 100));

            assertThatIllegalStateException().isThrownBy(() -> writing.free(STATE, 1)).withMessageContaining("twice");
        }
    }

}
