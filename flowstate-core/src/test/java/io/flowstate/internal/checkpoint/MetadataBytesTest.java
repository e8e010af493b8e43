package io.flowstate.internal.checkpoint;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.flowstate.internal.hybridlog.SegmentRange;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.LogSegment;
import io.flowstate.testing.Torture;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How many bytes of metadata checkpoints write whose lists are long: 10,000 segments of
 * each log, 1,000 states.
 */
class MetadataBytesTest {

    private static final int MANY = 10_000;

    private static final int STATES = 1000;

    private static final int CHECKPOINTS = 500;

    private static final long SEGMENT = 4 << 20;

    private final CheckpointStore store;

    private final List<RecordedState> states = new ArrayList<>();

    private final List<SegmentRange> segments = new ArrayList<>();

    private final List<SegmentRange> pageSegments = new ArrayList<>();

    private final long whole; // the bytes of metadata that have everything

    MetadataBytesTest() {
        CheckpointManager manager = CheckpointManager.inMemory();
        manager.open("test");
        LogDevice device = LogDeviceFactory.inMemory().open("test");
        this.store = CheckpointStore.open(manager, device, null, Clock.systemUTC());
        this.store.beginRun(this.store.nextRun());
        for (int i = 0; i < MANY; i++) {
            this.segments.add(range("records", i));
            this.pageSegments.add(range("pages", i));
        }
        for (int id = 1; id <= STATES; id++) {
            this.states.add(state(id, 0));
        }
        this.whole = commit();
    }

    private static SegmentRange range(String log, int number) {
        return new SegmentRange(new LogSegment(log, 1, number, SEGMENT * (1 + number)), SEGMENT * (2 + number));
    }

    private static RecordedState state(int id, long entries) {
        return new RecordedState(
                new StateDescription(id, StateKind.MAP, List.of("scope"), "state " + id, "string", "bytes"), entries,
                1000, 1000, null);
    }

    private long commit() {
        CheckpointMetadata metadata = new CheckpointMetadata(this.store.storeId(), this.store.nextVersion(), 1,
                this.segments.get(0).startAddress(), this.segments.get(this.segments.size() - 1).endAddress(), 100,
                STATES + 1, List.copyOf(this.states), List.copyOf(this.segments), null,
                new PageLog(List.copyOf(this.pageSegments), 0, Set.of()), new byte[10]);
        CompletedCheckpoint done = this.store.commit(metadata, 0, 3);
        this.store.deleteMetadata();
        return done.sizeBytes();
    }

    @Test
    void aCheckpointOfNothingWritesAFewBytes() {
        assertThat(this.whole).isGreaterThan(800_000);
        for (int i = 0; i < 100; i++) {
            assertThat(commit()).isLessThan(200);
        }
    }

    @Test
    void whatChangesIsWrittenAndLittleElse() {
        long written = 0;
        for (int i = 0; i < CHECKPOINTS; i++) {
            this.segments.remove(0);
            this.segments.add(range("records", MANY + i));
            this.pageSegments.remove(i * 17 % this.pageSegments.size());
            this.states.set(i % 3, state(1 + i % 3, i));
            written += commit();
        }

        Torture.say("metadata-bytes", "%d bytes by each of %d checkpoints, %d if they wrote everything",
                written / CHECKPOINTS, CHECKPOINTS, this.whole);
        assertThat(written / CHECKPOINTS).isLessThan(10_000);
        assertThat(this.store.kept()).allSatisfy((kept) -> assertThat(kept.objects()).hasSizeLessThan(9));
    }

}
