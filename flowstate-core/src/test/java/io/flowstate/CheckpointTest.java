package io.flowstate;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import io.flowstate.StateManagerOptions.OnUnreadableCheckpoint;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.CounterState;
import io.flowstate.state.MapState;
import io.flowstate.state.ValueState;
import io.flowstate.storage.CheckpointFailedException;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.StateException;
import io.flowstate.storage.StateInterruptedException;
import io.flowstate.storage.StateLockedException;
import io.flowstate.storage.Storage;
import io.flowstate.storage.StorageFullException;
import io.flowstate.storage.StorageUnavailableException;
import io.flowstate.testing.FaultyFiles;
import io.flowstate.testing.FileCall;
import io.flowstate.testing.Hold;
import io.flowstate.testing.MemoryFiles;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * How checkpoints behave towards those who ask for them.
 */
@Timeout(60)
class CheckpointTest {

    private static final Path LOG = Path.of("/store/log");

    private static final Path CHECKPOINTS = Path.of("/store/checkpoints");

    private final MemoryFiles disk = new MemoryFiles();

    private final FaultyFiles files = new FaultyFiles(this.disk);

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stopThreads() {
        this.threads.shutdownNow();
    }

    private StateManagerOptions.Builder options() {
        return StateManagerOptions.builder()
            .persistentStorage(Storage.of(LogDeviceFactory.local(LOG, this.files),
                    CheckpointManager.local(CHECKPOINTS, this.files)))
            .memorySize(8L * StateManagerOptions.MIN_PAGE_SIZE)
            .pageSize(StateManagerOptions.MIN_PAGE_SIZE)
            .segmentSize(StateManagerOptions.MIN_PAGE_SIZE)
            .indexMemory(4 << 20);
    }

    private StateManager open() {
        return StateManager.open(options().build());
    }

    private static CounterState<String> counters(StateManager state) {
        return state.scope("s").counters("c", Serializers.string());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void keepsAsManyAsAskedForNewestFirst() {
        try (StateManager state = open()) {
            assertThat(state.lastCheckpoint()).isEmpty();
            assertThat(state.checkpoints()).isEmpty();
            for (int i = 1; i <= 5; i++) {
                counters(state).add("k", 1);
                state.checkpoint(bytes("m" + i));
            }
            assertThat(state.checkpoints()).extracting(Checkpoint::version).containsExactly(5L, 4L, 3L);
            assertThat(state.checkpoints())
                .extracting((checkpoint) -> new String(checkpoint.metadata(), StandardCharsets.UTF_8))
                .containsExactly("m5", "m4", "m3");
        }
        try (StateManager state = open()) {
            assertThat(state.checkpoints()).extracting(Checkpoint::version).containsExactly(5L, 4L, 3L);
            assertThat(state.lastCheckpoint()).contains(state.checkpoints().get(0));
            assertThat(state.checkpoint().version()).isEqualTo(6);
        }
        assertThat(metadataFiles()).hasSize(3);
    }

    @Test
    void longListsInTheMetadataAreWrittenOnlyWhereTheyChange() {
        StateManagerOptions options = options().checkpointsToKeep(2).build();
        try (StateManager state = StateManager.open(options)) {
            fill(state, 0, 600);
            assertThat(state.stats().device().segments()).isGreaterThan(250);
            for (int i = 0; i < 20; i++) {
                assertThat(state.checkpoint().sizeBytes()).as("of no change").isLessThan(300);
            }
        }
        assertThat(metadataFiles()).hasSize(3); // both need the first
        try (StateManager state = StateManager.open(options)) {
            assertThat(state.checkpoint().sizeBytes()).as("of no change").isLessThan(300);
            long first = state.checkpoint(bytes("first")).version();
            fill(state, 600, 700);
            state.restore(first);
            assertThat(state.lastCheckpoint().orElseThrow().sizeBytes()).isLessThan(5000);
        }
        try (StateManager state = StateManager.open(options)) {
            assertThat(state.lastCheckpoint().orElseThrow().metadata()).asString().isEqualTo("first");
            MapState<Integer, byte[]> map = state.scope("s").map("m", Serializers.int32(), Serializers.bytes());
            assertThat(map.size()).isEqualTo(600);
        }
    }

    @Test
    void damageToWhatCheckpointsShareIsNamed() {
        StateManagerOptions options = options().checkpointsToKeep(2).build();
        try (StateManager state = StateManager.open(options)) {
            fill(state, 0, 600);
            state.checkpoint();
            state.checkpoint();
        }
        Path shared = metadataFiles().stream().min(Comparator.comparing(Path::toString)).orElseThrow();
        this.disk.damage(shared, 5000, 1);

        assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> StateManager.open(options))
            .satisfies((ex) -> assertThat(ex.resource()).isEqualTo(shared.toString()));

        this.disk.deleteAll(shared);
        assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> StateManager.open(options))
            .satisfies((ex) -> assertThat(ex.resource()).isEqualTo(shared.toString()));
    }

    private static void fill(StateManager state, int from, int to) {
        MapState<Integer, byte[]> map = state.scope("s").map("m", Serializers.int32(), Serializers.bytes());
        for (int key = from; key < to; key++) {
            map.put(key, new byte[30_000]);
        }
        state.checkpoint();
    }

    private List<Path> metadataFiles() {
        return this.disk.paths().stream().filter((path) -> path.toString().endsWith(".meta")).toList();
    }

    @Test
    void segmentsInWhichNothingIsLeftAreDeleted() {
        StateManagerOptions options = options().checkpointsToKeep(1).build();
        try (StateManager state = StateManager.open(options)) {
            ValueState<byte[]> value = state.scope("s").value("v", Serializers.bytes());
            for (int i = 0; i < 400; i++) {
                value.set(new byte[30_000 + i]);
                if (i % 2 == 0) {
                    state.checkpoint();
                }
            }
            StateManagerStats stats = state.stats();
            assertThat(stats.device().bytesWritten()).isGreaterThan(6_000_000);
            assertThat(stats.device().recordBytes()).isLessThan(2_000_000);
            assertThat(stats.log().begin()).isPositive();
            assertThat(stats.checkpoints().lastError()).isNull();
        }
        try (StateManager state = StateManager.open(options)) {
            assertThat(state.scope("s").value("v", Serializers.bytes()).get()).hasSize(30_000 + 398);
        }
    }

    @Test
    void cutIsMadeBeforeTheCallReturns() throws Exception {
        try (StateManager state = open()) {
            counters(state).set("k", 1);
            Hold hold = this.files.hold(FileCall.FORCE);
            CompletableFuture<Checkpoint> result = state.checkpointAsync(bytes("first"));
            counters(state).set("k", 2);
            hold.awaitCaller();
            assertThat(result).isNotDone();
            assertThat(counters(state).get("k")).isEqualTo(2);
            hold.release();
            assertThat(result.get().metadata()).asString().isEqualTo("first");
        }
        try (StateManager state = open()) {
            assertThat(counters(state).get("k")).isEqualTo(1);
        }
    }

    @Test
    void statsTellHowLongTheNewestCheckpointsTook() {
        try (StateManager state = open()) {
            for (int i = 0; i < 70; i++) {
                counters(state).set("k", i);
                state.checkpoint();
            }

            List<StateManagerStats.Phases> recent = state.stats().checkpoints().recent();

            assertThat(recent).extracting(StateManagerStats.Phases::version)
                .containsExactlyElementsOf(LongStream.iterate(70, (version) -> version - 1).limit(60).boxed().toList());
            assertThat(recent).allSatisfy((phases) -> {
                assertThat(phases.gatePause()).isPositive();
                assertThat(phases.flush()).isPositive();
                assertThat(phases.commit()).isPositive();
            });
            assertThat(recent.get(0).completedAt()).isEqualTo(state.lastCheckpoint().orElseThrow().completedAt());
        }
        try (StateManager state = open()) {
            assertThat(state.stats().checkpoints().recent()).isEmpty();
        }
    }

    @Test
    void waitingRequestsShareACutUnlessTheyHaveMetadata() throws Exception {
        try (StateManager state = open()) {
            counters(state).set("k", 1);
            Hold hold = this.files.hold(FileCall.FORCE);
            CompletableFuture<Checkpoint> first = state.checkpointAsync();
            hold.awaitCaller();
            CountDownLatch started = new CountDownLatch(6);
            List<Future<Checkpoint>> plain = IntStream.range(0, 4).mapToObj((i) -> this.threads.submit(() -> {
                started.countDown();
                return state.checkpoint();
            })).collect(Collectors.toList());
            List<Future<Checkpoint>> marked = List.of("a", "b").stream().map((text) -> this.threads.submit(() -> {
                started.countDown();
                return state.checkpoint(bytes(text));
            })).toList();
            started.await();
            while (state.stats().checkpoints().completed() == 0) {
                hold.release();
            }

            assertThat(first.get().version()).isEqualTo(1);
            assertThat(marked.get(0).get().metadata()).asString().isEqualTo("a");
            assertThat(marked.get(1).get().metadata()).asString().isEqualTo("b");
            assertThat(marked.get(0).get().version()).isNotEqualTo(marked.get(1).get().version());
            for (Future<Checkpoint> result : plain) {
                assertThat(result.get().metadata()).isEmpty();
                assertThat(result.get().version()).isGreaterThan(1);
            }
        }
    }

    @Test
    void waitingForTheTurnEndsAtTheTimeoutOrWithAnInterrupt() throws Exception {
        StateManagerOptions options = options().checkpointTimeout(Duration.ofMillis(300)).build();
        try (StateManager state = StateManager.open(options)) {
            counters(state).set("k", 1);
            Hold hold = this.files.hold(FileCall.RENAME);
            CompletableFuture<Checkpoint> first = state.checkpointAsync();
            hold.awaitCaller();

            assertThatExceptionOfType(CheckpointFailedException.class).isThrownBy(state::checkpointAsync)
                .withMessage("waited PT0.3S (checkpoint.timeout) for an earlier checkpoint to be written");
            Thread.currentThread().interrupt();
            assertThatExceptionOfType(StateInterruptedException.class).isThrownBy(state::checkpointAsync);
            assertThat(Thread.interrupted()).isTrue();

            assertThat(first).failsWithin(Duration.ofSeconds(20))
                .withThrowableOfType(ExecutionException.class)
                .havingCause()
                .isInstanceOf(CheckpointFailedException.class)
                .withMessage("the storage has not answered for PT0.3S (checkpoint.timeout); the checkpoint may still "
                        + "become durable");
            assertThat(state.stats().checkpoints().lastError()).isInstanceOf(CheckpointFailedException.class);
            hold.release();
            assertThat(state.checkpoint().version()).isEqualTo(2);
        }
    }

    @Test
    void unitThatDoesNotEndFailsTheCheckpointAndIsNamed() throws Exception {
        StateManagerOptions options = options().checkpointGatePause(Duration.ofMillis(5))
            .checkpointGateTimeout(Duration.ofMillis(100))
            .build();
        try (StateManager state = StateManager.open(options)) {
            CountDownLatch inside = new CountDownLatch(1);
            CountDownLatch end = new CountDownLatch(1);
            Thread endless = new Thread(() -> state.update(() -> {
                counters(state).add("k", 1);
                inside.countDown();
                awaitUninterruptibly(end);
                counters(state).add("k", 1);
            }), "endless-unit");
            endless.start();
            inside.await();

            assertThatExceptionOfType(CheckpointFailedException.class).isThrownBy(state::checkpoint)
                .withMessage(
                        "waited PT0.1S (checkpoint.gate-timeout) for a unit of work to end, in thread endless-unit;"
                                + " keep units of work short");
            counters(state).add("other", 1);
            assertThat(state.stats().checkpoints().failed()).isEqualTo(1);
            end.countDown();
            endless.join();

            state.checkpoint();
            assertThat(state.stats().checkpoints().lastError()).isNull();
        }
        try (StateManager state = open()) {
            assertThat(counters(state).get("k")).isEqualTo(2);
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        }
        catch (InterruptedException ex) {
            throw new AssertionError(ex);
        }
    }

    @Test
    void unitThatThrowsCountsAsFarAsItCame() {
        try (StateManager state = open()) {
            assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> state.update(() -> {
                counters(state).add("k", 1);
                state.update(() -> counters(state).add("k", 1));
                throw new UnsupportedOperationException();
            }));
            state.checkpoint();
        }
        try (StateManager state = open()) {
            assertThat(counters(state).get("k")).isEqualTo(2);
        }
    }

    @Test
    void fullDiskFailsTheCheckpointAndNothingIsLost() {
        try (StateManager state = open()) {
            counters(state).set("k", 1);
            state.checkpoint();
            counters(state).set("k", 2);
            this.files.limitRoom(0);

            assertThatExceptionOfType(CheckpointFailedException.class).isThrownBy(state::checkpoint)
                .withCauseInstanceOf(StorageFullException.class);
            assertThat(state.lastCheckpoint().orElseThrow().version()).isEqualTo(1);
            assertThat(state.stats().checkpoints().lastError()).isInstanceOf(StorageFullException.class);
            assertThat(counters(state).get("k")).isEqualTo(2);

            this.files.heal();
            assertThat(state.checkpoint().version()).isGreaterThan(1);
        }
        try (StateManager state = open()) {
            assertThat(counters(state).get("k")).isEqualTo(2);
        }
    }

    @Test
    void failedForceIsNotTrustedAgain() {
        for (int nth = 1; nth <= 6; nth++) {
            this.disk.deleteAll(LOG.getParent());
            long failed = nth;
            try (StateManager state = open()) {
                counters(state).set("k", 1);
                state.checkpoint();
                counters(state).set("k", 2);
                this.files.failCall(FileCall.FORCE, failed);
                try {
                    state.checkpoint();
                }
                catch (CheckpointFailedException ex) {
                    assertThat(ex).hasCauseInstanceOf(StateException.class);
                }
                this.files.heal();
                counters(state).add("k", 1);
                state.checkpoint();
            }
            try (StateManager state = open()) {
                assertThat(counters(state).get("k")).isEqualTo(3);
            }
        }
    }

    @Test
    void goesBackToAnOlderCheckpointOnlyIfToldTo() {
        try (StateManager state = open()) {
            for (int i = 1; i <= 3; i++) {
                counters(state).set("k", i);
                state.checkpoint(bytes("m" + i));
            }
        }
        Path newest = metadataFiles().stream().max(Comparator.comparing(Path::toString)).orElseThrow();
        this.disk.damage(newest, 100, 1);
        MemoryFiles before = this.disk.copy();

        assertThatExceptionOfType(CorruptStateException.class).isThrownBy(this::open)
            .satisfies((ex) -> assertThat(ex.resource()).isEqualTo(newest.toString()));
        assertThat(this.disk.content(newest)).isEqualTo(before.content(newest));

        StateManagerOptions options = options().onUnreadableCheckpoint(OnUnreadableCheckpoint.USE_PREVIOUS).build();
        try (StateManager state = StateManager.open(options)) {
            assertThat(counters(state).get("k")).isEqualTo(2);
            assertThat(state.lastCheckpoint().orElseThrow().version()).isEqualTo(4);
            assertThat(state.lastCheckpoint().orElseThrow().metadata()).asString().isEqualTo("m2");
            assertThat(state.checkpoints()).extracting(Checkpoint::version).containsExactly(4L, 2L, 1L);
        }
        try (StateManager state = open()) {
            assertThat(counters(state).get("k")).isEqualTo(2);
        }
    }

    @Test
    void startsEmptyOnlyIfToldToAndKeepsTheOldFiles() {
        try (StateManager state = open()) {
            counters(state).set("k", 1);
            state.checkpoint();
        }
        for (String damaged : List.of(".seg", "manifest", ".meta", "flowstate.committed")) {
            Path file = this.disk.paths()
                .stream()
                .filter((path) -> path.toString().endsWith(damaged))
                .findFirst()
                .orElseThrow();
            this.disk.truncate(file, 30);
            MemoryFiles before = this.disk.copy();

            assertThatExceptionOfType(CorruptStateException.class).isThrownBy(this::open)
                .satisfies((ex) -> assertThat(ex.resource()).isEqualTo(file.toString()));

            StateManagerOptions options = options().onUnreadableCheckpoint(OnUnreadableCheckpoint.START_EMPTY).build();
            try (StateManager state = StateManager.open(options)) {
                assertThat(state.lastCheckpoint()).isEmpty();
                assertThat(counters(state).get("k")).isZero();
                counters(state).set("k", 1);
                state.checkpoint();
            }
            try (StateManager state = open()) {
                assertThat(counters(state).get("k")).isEqualTo(1);
            }
            Path aside = this.disk.paths()
                .stream()
                .filter((path) -> path.toString().startsWith(file + ".aside-"))
                .max(Comparator.comparing(Path::toString))
                .orElseThrow();
            assertThat(this.disk.content(aside)).isEqualTo(before.content(file));
        }
    }

    @Test
    void storeStaysLockedUntilACheckpointThatHangsHasEnded() {
        StateManagerOptions options = options().checkpointTimeout(Duration.ofMillis(100)).build();
        StateManager first = StateManager.open(options);
        counters(first).set("k", 1);
        Hold hold = this.files.hold(FileCall.RENAME);
        CompletableFuture<Checkpoint> hanging = first.checkpointAsync();
        hold.awaitCaller();

        assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(first::close)
            .withMessageContaining("stays locked until it does");
        assertThatExceptionOfType(StateLockedException.class).isThrownBy(() -> StateManager.open(options));
        assertThat(hanging).failsWithin(Duration.ofSeconds(20));

        hold.release();
        StateManager second = null;
        while (second == null) {
            try {
                second = StateManager.open(options);
            }
            catch (StateLockedException ex) {
                Thread.onSpinWait();
            }
        }
        try (StateManager state = second) {
            assertThat(counters(state).get("k")).isEqualTo(1);
            assertThat(state.checkpoint().version()).isEqualTo(2);
        }
    }

    @Test
    void whatHangsOnACheckpointMayTakeAnother() {
        try (StateManager state = open()) {
            counters(state).set("k", 1);
            CompletableFuture<Checkpoint> second = state.checkpointAsync().thenApply((first) -> state.checkpoint());
            assertThat(second).succeedsWithin(Duration.ofSeconds(30))
                .satisfies((checkpoint) -> assertThat(checkpoint.version()).isEqualTo(2));
        }
    }

    @Test
    void diskUseFollowsTheStateThoughMuchIsOverwrittenBetweenCheckpoints() {
        StateManagerOptions options = options().checkpointsToKeep(1).build();
        try (StateManager state = StateManager.open(options)) {
            MapState<Integer, byte[]> map = state.scope("s").map("m", Serializers.int32(), Serializers.bytes());
            for (int i = 0; i < 20_000; i++) {
                map.put(i % 400, new byte[1000 + i % 7 * 8]);
                if (i % 1000 == 999) {
                    state.checkpoint();
                }
            }
            while (state.stats().device().segments() > 30) { // deleted after the call has
                                                             // returned
                state.checkpoint();
            }
            assertThat(state.stats().device().bytesWritten()).isGreaterThan(15_000_000);
        }
    }

    @Test
    void segmentsOfDroppedCheckpointsOfEarlierRunsAreDeletedInThisRun() {
        StateManagerOptions options = options().checkpointsToKeep(3).build();
        for (int run = 0; run < 2; run++) {
            try (StateManager state = StateManager.open(options)) {
                ValueState<byte[]> value = state.scope("s").value("v", Serializers.bytes());
                for (int i = 0; i < 60; i++) {
                    value.set(new byte[60_000 - i]);
                    state.checkpoint();
                }
                while (segmentFiles() > state.stats().device().segments() + 3) {
                    state.checkpoint();
                }
            }
        }
    }

    private long segmentFiles() {
        return this.disk.paths().stream().filter((path) -> path.toString().endsWith(".seg")).count();
    }

}
