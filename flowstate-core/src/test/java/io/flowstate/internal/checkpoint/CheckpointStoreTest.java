package io.flowstate.internal.checkpoint;

import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;

import io.flowstate.internal.hybridlog.LogAddress;
import io.flowstate.internal.hybridlog.SegmentRange;
import io.flowstate.internal.kv.IndexSnapshot;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.CommittedCheckpoint;
import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.LogSegment;
import io.flowstate.storage.Manifest;
import io.flowstate.storage.MetadataObject;
import io.flowstate.storage.StorageUnavailableException;
import io.flowstate.testing.Torture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Checkpoints whose long lists change at random, against a plain model: every kept one is
 * read as it was committed, over reopenings, restores and failures of the medium, and
 * exactly the metadata objects that kept ones need are there.
 */
class CheckpointStoreTest {

    private static final String NAME = "checkpoint-store";

    private final FailingManager manager = new FailingManager(CheckpointManager.inMemory());

    private final LogDevice device = LogDeviceFactory.inMemory().open("test");

    private final Map<Long, List<ByteBuffer>> committed = new HashMap<>(); // by version

    private CheckpointStore store;

    private SplittableRandom random;

    // the present content

    private final List<RecordedState> states = new ArrayList<>();

    private int nextStateId = 1;

    private final List<SegmentRange> segments = new ArrayList<>();

    private final List<SegmentRange> pageSegments = new ArrayList<>();

    private @Nullable IndexSnapshot snapshot;

    private int nextNumber;

    private long run;

    @BeforeEach
    void openFirst() {
        open();
    }

    private void open() {
        Manifest manifest = this.manager.open("test").orElse(null);
        this.store = CheckpointStore.open(this.manager, this.device, manifest, Clock.systemUTC());
        this.run = this.store.nextRun();
        this.store.beginRun(this.run);
    }

    @ParameterizedTest(name = "keep {0}")
    @ValueSource(ints = { 1, 3, 5 })
    void everyKeptCheckpointIsReadAsItWasCommitted(int keep) {
        long seed = Torture.seed(NAME);
        this.random = Torture.random(seed, keep);
        int rounds = Torture.count("metadataRounds", 1000);
        int most = 0;
        int failures = 0;
        for (int i = 0; i < 300; i++) {
            addSegment(this.segments, "records");
            addState();
        }
        for (int round = 0; round < rounds; round++) {
            switch (this.random.nextInt(20)) {
                case 0 -> reopen();
                case 1 -> restore(keep);
                case 2 -> failures += fail(keep) ? 1 : 0;
                default -> {
                    change();
                    commit(metadata(this.store.nextVersion()), keep);
                }
            }
            most = Math.max(most, check(keep));
        }
        Torture.say(NAME, "seed %d, keep %d: %d checkpoints, %d failures, at most %d objects for one", seed, keep,
                this.committed.size(), failures, most);
        assertThat(most).isBetween(3, 12);
        assertThat(failures).isPositive();
    }

    private void change() {
        switch (this.random.nextInt(8)) {
            case 0 -> this.segments.subList(0, this.random.nextInt(this.segments.size())).clear();
            case 1 -> {
                for (int i = this.random.nextInt(100); i > 0; i--) {
                    addSegment(this.segments, "records");
                    addSegment(this.pageSegments, "pages");
                }
            }
            case 2 -> this.pageSegments.removeIf((range) -> this.random.nextInt(4) == 0);
            case 3 -> this.states.removeIf((state) -> this.random.nextInt(20) == 0);
            case 4 -> {
                for (int i = this.random.nextInt(20); i > 0; i--) {
                    addState();
                }
            }
            case 5 -> takeSnapshot();
            default -> {
                for (int i = this.random.nextInt(5); i > 0 && !this.states.isEmpty(); i--) {
                    int at = this.random.nextInt(this.states.size());
                    this.states.set(at, state(this.states.get(at).description().id()));
                }
            }
        }
        if (this.segments.isEmpty() || this.random.nextBoolean()) {
            addSegment(this.segments, "records");
        }
    }

    private void addSegment(List<SegmentRange> list, String log) {
        long start = list.isEmpty() ? LogAddress.FIRST : list.get(list.size() - 1).endAddress();
        LogSegment segment = new LogSegment(log, this.run, this.nextNumber++, start);
        list.add(new SegmentRange(segment, start + LogAddress.BLOCK_BYTES * this.random.nextLong(1, 100)));
    }

    private void addState() {
        this.states.add(state(this.nextStateId++));
    }

    private RecordedState state(int id) {
        StateDescription description = new StateDescription(id, (id % 3 == 0) ? StateKind.QUEUE : StateKind.MAP,
                List.of("scope"), "state " + "x".repeat(id % 150), "", "bytes");
        return new RecordedState(description, this.random.nextInt(100), this.random.nextInt(100), 0,
                (id % 3 == 0) ? new RecordedPages(new long[RecordedPages.FIELDS], 1, 4096) : null);
    }

    private void takeSnapshot() {
        List<SegmentRange> taken = new ArrayList<>();
        addSegment(taken, "indexes");
        long begin = this.segments.isEmpty() ? 0 : this.segments.get(0).startAddress();
        this.snapshot = (begin > 0 && this.random.nextInt(3) > 0) ? new IndexSnapshot(begin, begin, taken) : null;
    }

    private CheckpointMetadata metadata(long version) {
        SegmentRange last = this.segments.get(this.segments.size() - 1);
        byte[] userMetadata = new byte[this.random.nextInt(100)];
        this.random.nextBytes(userMetadata);
        IndexSnapshot valid = (this.snapshot != null && this.snapshot.validFrom() <= last.endAddress()) ? this.snapshot
                : null;
        return new CheckpointMetadata(this.store.storeId(), version, this.run, this.segments.get(0).startAddress(),
                last.endAddress(), 100, this.nextStateId, List.copyOf(this.states), List.copyOf(this.segments), valid,
                new PageLog(List.copyOf(this.pageSegments), 7, Set.of("zstd")), userMetadata);
    }

    private void commit(CheckpointMetadata metadata, int keep) {
        this.committed.put(metadata.version(), metadata.items());
        this.store.commit(metadata, 0, keep);
        this.store.deleteMetadata();
    }

    /** After it the content is what the newest checkpoint has, known or not. */
    private void reopen() {
        this.manager.close();
        open();
        List<CommittedCheckpoint> kept = this.store.kept();
        if (!kept.isEmpty()) {
            goOnFrom(this.store.read(kept.get(kept.size() - 1)));
        }
    }

    private void restore(int keep) {
        List<CommittedCheckpoint> kept = this.store.kept();
        if (!kept.isEmpty()) {
            CheckpointMetadata old = this.store.read(kept.get(this.random.nextInt(kept.size())));
            CheckpointMetadata again = old.again(this.store.nextVersion(), this.store.nextRun(), this.nextStateId);
            commit(again, keep);
            this.run = again.run();
            goOnFrom(again);
        }
    }

    private void goOnFrom(CheckpointMetadata metadata) {
        this.states.clear();
        this.states.addAll(metadata.states());
        this.nextStateId = metadata.nextStateId();
        this.segments.clear();
        this.segments.addAll(metadata.segments());
        this.pageSegments.clear();
        this.pageSegments.addAll(metadata.pageLog().segments());
        this.snapshot = metadata.snapshot();
    }

    /** A commit that fails, with or without effect, or a deletion. */
    private boolean fail(int keep) {
        change();
        this.manager.failAt = this.random.nextInt(1, 5);
        this.manager.takesEffect = this.random.nextBoolean();
        try {
            commit(metadata(this.store.nextVersion()), keep);
        }
        catch (StorageUnavailableException ex) {
            if (this.random.nextBoolean()) {
                reopen(); // which finds one or the other
            }
            return true;
        }
        finally {
            this.manager.failAt = 0;
        }
        return false;
    }

    private int check(int keep) {
        List<CommittedCheckpoint> kept = this.store.kept();
        int most = 0;
        Set<String> needed = new HashSet<>();
        for (CommittedCheckpoint checkpoint : kept) {
            assertIsAsCommitted(checkpoint);
            checkpoint.objects().forEach((object) -> needed.add(object.name()));
            most = Math.max(most, checkpoint.objects().size());
            assertShort(checkpoint.objects());
        }
        assertThat(kept).hasSizeLessThanOrEqualTo(keep);
        assertThat(this.manager.names()).containsAll(needed);
        // what is in place after a failed commit has everything that it needs as well
        for (CommittedCheckpoint checkpoint : this.manager.manifest().checkpoints()) {
            assertIsAsCommitted(checkpoint);
        }
        if (this.manager.failedSince == 0) {
            assertThat(this.manager.names()).containsExactlyInAnyOrderElementsOf(needed);
        }
        return most;
    }

    private void assertIsAsCommitted(CommittedCheckpoint checkpoint) {
        List<ByteBuffer> found = this.store.read(checkpoint).items();
        if (!found.equals(this.committed.get(checkpoint.version()))) { // too long to be
                                                                       // shown
            throw new AssertionError("checkpoint " + checkpoint.version() + " is not read as it was committed");
        }
    }

    private static void assertShort(List<MetadataObject> objects) {
        for (int i = 1; i < objects.size(); i++) {
            assertThat(objects.get(i).length()).isLessThanOrEqualTo(objects.get(i - 1).length() / 2);
            assertThat(objects.get(i - 1).length()).isGreaterThanOrEqualTo(8192);
        }
    }

    /** Fails at one call that changes something, before or after it takes effect. */
    private static final class FailingManager implements CheckpointManager {

        private final CheckpointManager manager;

        private @Nullable Manifest manifest;

        private int failAt; // 0: never

        private boolean takesEffect;

        private int failedSince; // the last call of commit that did not fail

        FailingManager(CheckpointManager manager) {
            this.manager = manager;
        }

        private void call(Runnable call) {
            boolean fails = this.failAt > 0 && --this.failAt == 0;
            if (!fails || this.takesEffect) {
                call.run();
            }
            if (fails) {
                this.failedSince++;
                throw new StorageUnavailableException("as the test wants it");
            }
        }

        Manifest manifest() {
            return (this.manifest != null) ? this.manifest : new Manifest(new UUID(0, 0), 1, 0, List.of());
        }

        @Override
        public Optional<Manifest> open(String owner) {
            Optional<Manifest> found = this.manager.open(owner);
            this.manifest = found.orElse(null);
            return found;
        }

        @Override
        public void commit(Manifest next) {
            call(() -> {
                this.manager.commit(next);
                this.manifest = next;
            });
            this.failedSince = 0;
        }

        @Override
        public void write(String name, ByteBuffer content) {
            call(() -> this.manager.write(name, content));
        }

        @Override
        public ByteBuffer read(String name, int length) {
            return this.manager.read(name, length);
        }

        @Override
        public void delete(String name) {
            call(() -> this.manager.delete(name));
        }

        @Override
        public Collection<String> names() {
            return this.manager.names();
        }

        @Override
        public String describe(String name) {
            return this.manager.describe(name);
        }

        @Override
        public void close() {
            this.manager.close();
        }

    }

}
