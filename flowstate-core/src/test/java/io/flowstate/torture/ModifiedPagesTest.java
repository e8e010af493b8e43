package io.flowstate.torture;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.flowstate.PageStructure;
import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.StateManagerStats;
import io.flowstate.compression.Compression;
import io.flowstate.internal.checkpoint.StateKind;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.AppendState;
import io.flowstate.state.QueueState;
import io.flowstate.state.SortedMapState;
import io.flowstate.state.StateCursor;
import io.flowstate.storage.CheckpointFailedException;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.StateException;
import io.flowstate.storage.Storage;
import io.flowstate.storage.StorageFullException;
import io.flowstate.storage.StorageUnavailableException;
import io.flowstate.testing.FaultyFiles;
import io.flowstate.testing.FileCall;
import io.flowstate.testing.Hold;
import io.flowstate.testing.MemoryFiles;
import io.flowstate.testing.Torture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * The modified-page file as users of a store meet it: which tier a page is read from, and
 * what becomes of it if the file is damaged, cannot be reached, is full, or hangs.
 */
@Timeout(value = 1, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ModifiedPagesTest {

    private static final int ENTRIES = 150;

    private static final int VALUE_BYTES = 900; // four in a page

    private final MemoryDisk disk = MemoryDisk.empty();

    private final MemoryFiles memory = new MemoryFiles();

    private final FaultyFiles temporary = new FaultyFiles(this.memory);

    private StateManagerOptions.Builder options() {
        return StateManagerOptions.builder()
            .persistentStorage(Storage.of(this.disk.log(), this.disk.checkpoints()))
            .pageSize(64 << 10)
            .memorySize(4 * (64 << 10))
            .segmentSize(64 << 10)
            .indexMemory(1 << 20)
            .cachePageCount(1)
            .cacheMemory(1 << 20)
            .statePageSize(4096)
            .temporaryDirectory(this.temporary, Path.of("/temporary"));
    }

    private static SortedMapState<Integer, byte[]> map(StateManager manager) {
        return manager.scope("s").sortedMap("sorted", Serializers.int32(), Serializers.bytes());
    }

    private static byte[] value(int key, int turn) {
        byte[] value = new byte[VALUE_BYTES];
        new SplittableRandom(key * 31L + turn).nextBytes(value);
        return value;
    }

    private static void putAll(SortedMapState<Integer, byte[]> map, int turn) {
        for (int key = 0; key < ENTRIES; key++) {
            map.put(key, value(key, turn));
        }
    }

    private static void checkAll(SortedMapState<Integer, byte[]> map, int turn) {
        for (int key = 0; key < ENTRIES; key++) {
            assertThat(Arrays.equals(map.get(key), value(key, turn))).as("key %d", key).isTrue();
        }
    }

    /**
     * Until a cache of one page has no more, and what left it is in the file. The
     * checkpoint thread may still be at work on the cache, which then does its evictions
     * at the next access.
     */
    private static void awaitSpilled(StateManager manager) {
        while (manager.stats().pages().cached() > 1) {
            map(manager).containsKey(0);
        }
        while (manager.stats().pages().leavingBytes() != 0) {
            Thread.onSpinWait();
        }
    }

    // The fetch order

    @Test
    void aCachedPageIsReadFromTheCache() {
        try (StateManager manager = StateManager.open(options().cachePageCount(1000).cacheMemory(64 << 20).build())) {
            SortedMapState<Integer, byte[]> map = map(manager);
            putAll(map, 0);
            manager.checkpoint();
            StateManagerStats.Pages before = manager.stats().pages();

            checkAll(map, 0);

            StateManagerStats.Pages after = manager.stats().pages();
            assertThat(after.cacheHits()).isGreaterThanOrEqualTo(before.cacheHits() + ENTRIES);
            assertThat(after.cacheMisses()).isEqualTo(before.cacheMisses());
            assertThat(after.fileReads()).isZero();
            assertThat(after.logReads()).isZero();
        }
    }

    @Test
    void aChangedPageThatWasEvictedIsReadFromTheModifiedPageFileAsItWasLast() {
        try (StateManager manager = StateManager.open(options().build())) {
            SortedMapState<Integer, byte[]> map = map(manager);
            putAll(map, 0);
            manager.checkpoint(); // an older copy is in the log,
            for (int key = ENTRIES; key < ENTRIES + 10; key++) {
                map.put(key, value(key, 0)); // so that the root is changed too
            }
            putAll(map, 1); // another one in the file
            awaitSpilled(manager);
            putAll(map, 2);
            awaitSpilled(manager);
            StateManagerStats.Pages before = manager.stats().pages();

            checkAll(map, 2);

            StateManagerStats.Pages after = manager.stats().pages();
            assertThat(after.fileReads()).isGreaterThan(before.fileReads() + ENTRIES / 8);
            assertThat(after.logReads()).isEqualTo(before.logReads());
        }
    }

    /** The cache tells of an eviction before the page is gone. */
    @Test
    void everyChangedPageThatLeavesTheCacheGoesToTheFile() {
        try (StateManager manager = StateManager.open(options().build())) {
            SortedMapState<Integer, byte[]> map = map(manager);
            for (int key = 0; key < 10 * ENTRIES; key++) {
                map.put(key, value(key, 0));
                while (manager.stats().pages().leavingBytes() != 0) { // then the spiller
                                                                      // waits
                                                                      // for the next
                    Thread.onSpinWait();
                }
            }
            awaitSpilled(manager);

            PageStructure.checkModifiedPageFile(manager);
        }
    }

    @Test
    void afterACheckpointAPageIsReadFromPersistentStorage() {
        try (StateManager manager = StateManager.open(options().build())) {
            SortedMapState<Integer, byte[]> map = map(manager);
            putAll(map, 0);
            awaitSpilled(manager);
            assertThat(manager.stats().pages().fileUsedBytes()).isPositive();
            manager.checkpoint();
            StateManagerStats.Pages before = manager.stats().pages();

            checkAll(map, 0);

            StateManagerStats.Pages after = manager.stats().pages();
            assertThat(after.logReads()).isGreaterThan(before.logReads() + ENTRIES / 8);
            assertThat(after.fileReads()).isEqualTo(before.fileReads());
            assertThat(after.fileUsedBytes()).isZero();
        }
    }

    @Test
    void withReadCacheACleanPageIsReadFromTheLocalFile() {
        try (StateManager manager = StateManager.open(options().build())) {
            putAll(map(manager), 0);
            manager.checkpoint();
        }
        try (StateManager manager = StateManager.open(options().readCache(true).build())) {
            SortedMapState<Integer, byte[]> map = map(manager);
            for (int key = 0; key < ENTRIES; key++) { // from the log, and from there to
                                                      // the
                                                      // file
                assertThat(map.containsKey(key)).isTrue();
                awaitSpilled(manager); // while much is on its way copies are left out
            }
            StateManagerStats.Pages before = manager.stats().pages();
            assertThat(before.logReads()).isGreaterThan(ENTRIES / 8);

            for (int key = 0; key < ENTRIES; key++) {
                assertThat(map.get(key)).isEqualTo(value(key, 0));
                awaitSpilled(manager); // what was still in the cache before may leave it
                                       // only
                                       // now
            }

            StateManagerStats.Pages after = manager.stats().pages();
            assertThat(after.fileReads()).isGreaterThan(before.fileReads() + ENTRIES / 8);
            assertThat(after.logReads()).isLessThanOrEqualTo(before.logReads() + 2);

            putAll(map, 1);
            awaitSpilled(manager);
            manager.checkpoint();
            awaitSpilled(manager);
            checkAll(map, 1); // never the copies of what was there before
            PageStructure.checkModifiedPageFile(manager);
        }
    }

    // Damage

    /** What can be done to a file. */
    enum Damage {

        BIT, TRUNCATED, SWAPPED, ALL_BITS, DELETED, REPLACED_BY_OLDER

    }

    @ParameterizedTest
    @EnumSource(Damage.class)
    void damageToAModifiedPageIsToldAndKeepsItFromACheckpointUntilARestore(Damage damage) {
        long seed = Torture.seed("page-file-damage");
        int rounds = Torture.count("pageFileDamages", 8);
        int refused = 0;
        for (int round = 0; round < rounds; round++) {
            SplittableRandom random = Torture.random(seed, round);
            try (QuietErrors quiet = new QuietErrors()) {
                quiet.forget();
                refused += damage(damage, random);
            }
            catch (Throwable ex) {
                throw new AssertionError("round " + round + " with seed " + seed, ex);
            }
        }
        Torture.say("page-file-damage", "seed %d: %s, %d rounds, %d reads refused, 0 violations", seed, damage, rounds,
                refused);
        assertThat(refused).isPositive();
    }

    private int damage(Damage damage, SplittableRandom random) {
        MemoryDisk own = MemoryDisk.empty();
        StateManagerOptions options = options().persistentStorage(Storage.of(own.log(), own.checkpoints()))
            .readCache(random.nextBoolean())
            .compression(random.nextBoolean() ? Compression.none() : Compression.zstd())
            .build();
        int refused;
        try (StateManager manager = StateManager.open(options)) {
            Mixed mixed = new Mixed(manager);
            mixed.change(1);
            long version = manager.checkpoint().version();
            mixed.change(2);
            awaitSpilled(manager);
            Map<Path, byte[]> older = files();
            mixed.change(3);
            awaitSpilled(manager);
            inflict(damage, random, older);

            refused = mixed.refusedReads(3);

            if (refused == 0) {
                manager.checkpoint(); // it hit what is not needed
                mixed.check(3);
                return 0;
            }
            for (int attempt = 0; attempt < 2; attempt++) {
                assertThatExceptionOfType(CheckpointFailedException.class).isThrownBy(manager::checkpoint)
                    .withRootCauseInstanceOf(CorruptStateException.class)
                    .withStackTraceContaining(".tmp");
                assertThat(manager.lastCheckpoint().orElseThrow().version()).isEqualTo(version);
            }
            if (random.nextBoolean()) {
                manager.restore(version);
                mixed.check(1);
                mixed.change(4);
                manager.checkpoint();
                mixed.check(4);
                return refused;
            }
        }
        try (StateManager manager = StateManager.open(options)) {
            Mixed mixed = new Mixed(manager);
            mixed.check(1);
            mixed.change(4);
            manager.checkpoint();
            mixed.check(4);
        }
        return refused;
    }

    private Map<Path, byte[]> files() {
        Map<Path, byte[]> files = new TreeMap<>();
        this.memory.paths()
            .stream()
            .filter((path) -> path.toString().endsWith(".tmp"))
            .forEach((path) -> ifThere(path, () -> files.put(path, this.memory.content(path))));
        files.values().removeIf((content) -> content.length < 2);
        return files;
    }

    /** An open store may just have deleted a file. */
    private void ifThere(Path path, Runnable action) {
        try {
            action.run();
        }
        catch (IllegalArgumentException ex) {
            assertThat(this.memory.paths()).as("files after %s", ex).doesNotContain(path);
        }
    }

    private void inflict(Damage damage, SplittableRandom random, Map<Path, byte[]> older) {
        files().forEach((path, content) -> {
            switch (damage) {
                case BIT -> { // some, since parts are not used
                    for (int turn = content.length / 20_000; turn >= 0; turn--) {
                        content[random.nextInt(content.length)] ^= (byte) (1 << random.nextInt(8));
                    }
                }
                case SWAPPED -> swap(content, random);
                case ALL_BITS -> {
                    for (int at = 0; at < content.length; at++) {
                        content[at] = (byte) ~content[at];
                    }
                }
                case REPLACED_BY_OLDER -> {
                    byte[] before = older.getOrDefault(path, new byte[0]);
                    System.arraycopy(before, 0, content, 0, Math.min(before.length, content.length));
                }
                case TRUNCATED, DELETED -> {
                }
            }
            ifThere(path, () -> {
                if (damage == Damage.TRUNCATED) {
                    this.memory.truncate(path, random.nextInt(content.length / 2));
                }
                else {
                    this.memory.replace(path, (damage == Damage.DELETED) ? new byte[0] : content);
                }
            });
        });
    }

    /** Swaps pieces as long as a slot, many times, so that some slots are met. */
    private static void swap(byte[] content, SplittableRandom random) {
        int slots = content.length / 8192;
        for (int turn = 0; turn < slots / 4; turn++) {
            int one = random.nextInt(slots) * 8192;
            int other = random.nextInt(slots) * 8192;
            byte[] kept = Arrays.copyOfRange(content, one, one + 8192);
            System.arraycopy(content, other, content, one, 8192);
            System.arraycopy(kept, 0, content, other, 8192);
        }
    }

    @Test
    void damageToATemporaryStateOrACopyKeepsNothingFromACheckpoint() {
        try (StateManager manager = StateManager.open(options().readCache(true).build())) {
            putAll(map(manager), 0);
            manager.checkpoint();
            checkAll(map(manager), 0);
            SortedMapState<Integer, byte[]> fleeting = manager.scope("s")
                .temporarySortedMap("fleeting", Serializers.int32(), Serializers.bytes());
            putAll(fleeting, 0);
            awaitSpilled(manager);

            inflict(Damage.ALL_BITS, new SplittableRandom(0), Map.of());

            assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> checkAll(fleeting, 0));
            checkAll(map(manager), 0); // from the log
            manager.checkpoint();
            fleeting.clear();
            putAll(fleeting, 1);
            checkAll(fleeting, 1);
        }
    }

    /** A state of each kind. */
    private static final class Mixed {

        private final SortedMapState<Integer, byte[]> map;

        private final QueueState<byte[]> queue;

        private final AppendState<Integer, byte[]> log;

        Mixed(StateManager manager) {
            this.map = map(manager);
            this.queue = manager.scope("s").queue("queue", Serializers.bytes());
            this.log = manager.scope("s").append("log", Serializers.int32(), Serializers.bytes());
        }

        void change(int turn) {
            putAll(this.map, turn);
            this.queue.clear();
            this.log.clear();
            for (int key = 0; key < ENTRIES; key++) {
                this.queue.addLast(value(key, turn));
                this.log.append(key, value(key, turn));
            }
        }

        void check(int turn) {
            assertThat(refusedReads(turn)).isZero();
        }

        /** Reads everything; what is not refused must be right. */
        int refusedReads(int turn) {
            int refused = 0;
            for (int key = 0; key < ENTRIES; key++) {
                int each = key;
                refused += refused(() -> same(this.map.get(each), each, turn));
                refused += refused(() -> {
                    try (StateCursor<Integer, byte[]> cursor = this.log.cursorFrom(each)) {
                        assertThat(cursor.advance()).isTrue();
                        assertThat(cursor.key()).isEqualTo(each);
                        same(cursor.value(), each, turn);
                    }
                });
            }
            int[] index = new int[1];
            refused += refused(() -> this.queue.forEach((element) -> same(element, index[0]++, turn)));
            return refused;
        }

        private static void same(byte @Nullable [] found, int key, int turn) {
            assertThat(Arrays.equals(found, value(key, turn))).as("value of %d", key).isTrue();
        }

        private static int refused(Runnable read) {
            try {
                read.run();
                return 0;
            }
            catch (CorruptStateException ex) {
                assertThat(ex.resource()).endsWith(".tmp");
                return 1;
            }
        }

    }

    // Full

    @Test
    void atTheLimitWritersAreToldNothingIsLostAndACheckpointMakesRoom() {
        fill(options().temporarySizeLimit(1 << 20).build(), StorageFullException.class, "temporary-size-limit");
    }

    @Test
    void onAFullDiskWritersAreToldNothingIsLostAndACheckpointHoldsAll() {
        this.temporary.limitRoom(100_000);
        fill(options().build(), StorageFullException.class, "/temporary");
    }

    @ParameterizedTest
    @EnumSource(value = FileCall.class, names = { "WRITE", "CREATE", "CREATE_DIRECTORIES", "OPEN_FOR_WRITING" })
    void ifTheFileCannotBeWrittenWritersAreToldAndACheckpointHoldsAll(FileCall kind) {
        this.temporary.failFrom(kind, 1);
        fill(options().build(), StorageUnavailableException.class, "/temporary");
    }

    /** Puts until it is refused; all that was not is in the next checkpoint. */
    private void fill(StateManagerOptions options, Class<? extends StateException> type, String text) {
        int refused;
        try (QuietErrors quiet = new QuietErrors(); StateManager manager = StateManager.open(options)) {
            quiet.forget();
            SortedMapState<Integer, byte[]> map = map(manager);
            refused = putUntilRefused(map, type, text);
            assertThat(manager.stats().pages().lastError()).isInstanceOf(type);
            assertThat(map.containsKey(refused)).as("what was refused was not done").isFalse();
            checkFilled(map, refused);
            assertThatExceptionOfType(type)
                .isThrownBy(() -> manager.update(() -> putUntilRefused(map, StateException.class, "none"))); // not
                                                                                                             // for
                                                                                                             // ever
            int after = (int) map.size();
            assertThat(after).isGreaterThanOrEqualTo(refused);

            manager.checkpoint();
            this.temporary.heal();
            map.put(after, value(after, 0));
            manager.checkpoint();

            checkFilled(map, after + 1);
            awaitSpilled(manager);
            assertThat(manager.stats().pages().lastError()).isNull();
            PageStructure.check(manager, StateKind.SORTED_MAP, "sorted");
            PageStructure.checkModifiedPageFile(manager);
            refused = after + 1;
        }
        try (StateManager manager = StateManager.open(options)) {
            checkFilled(map(manager), refused);
            assertThat(map(manager).size()).isEqualTo(refused);
        }
    }

    private static int putUntilRefused(SortedMapState<Integer, byte[]> map, Class<? extends StateException> type,
            String text) {
        for (int key = (int) map.size(); key < 20_000; key++) {
            try {
                map.put(key, value(key, 0));
            }
            catch (StateException ex) {
                if (text.equals("none")) {
                    throw ex;
                }
                assertThat(ex).isInstanceOf(type)
                    .hasMessageContaining(text)
                    .hasMessageContaining("the change was not made");
                return key;
            }
        }
        throw new AssertionError("never refused");
    }

    private static void checkFilled(SortedMapState<Integer, byte[]> map, int count) {
        for (int key = 0; key < count; key++) {
            assertThat(Arrays.equals(map.get(key), value(key, 0))).as("key %d", key).isTrue();
        }
    }

    // Reads that fail

    @Test
    void aReadThatFailsIsToldAndMayBeTriedAgain() {
        try (QuietErrors quiet = new QuietErrors(); StateManager manager = StateManager.open(options().build())) {
            quiet.forget();
            SortedMapState<Integer, byte[]> map = map(manager);
            putAll(map, 0);
            awaitSpilled(manager);
            this.temporary.failFrom(FileCall.READ, 1);

            assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> checkAll(map, 0));
            assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> putAll(map, 0));
            assertThatExceptionOfType(CheckpointFailedException.class).isThrownBy(manager::checkpoint)
                .withStackTraceContaining("/temporary");

            this.temporary.heal();
            checkAll(map, 0);
            manager.checkpoint();
        }
        try (StateManager manager = StateManager.open(options().build())) {
            checkAll(map(manager), 0);
        }
    }

    // Hangs

    @Test
    void ifWritingHangsWritersAreToldReadersAndCheckpointsGoOn() {
        StateManagerOptions options = options().deviceTimeout(Duration.ofMillis(300)).build();
        int refused;
        try (QuietErrors quiet = new QuietErrors(); StateManager manager = StateManager.open(options)) {
            quiet.forget();
            SortedMapState<Integer, byte[]> map = map(manager);
            try (Hold hold = this.temporary.hold(FileCall.WRITE)) {
                refused = putUntilRefused(map, StorageUnavailableException.class, "device-timeout");
                assertThat(hold.hasCaller()).isTrue();
                checkFilled(map, refused);
                manager.checkpoint();
            }
            awaitSpilled(manager);
            checkFilled(map, refused);
        }
        try (StateManager manager = StateManager.open(options)) {
            checkFilled(map(manager), refused);
        }
    }

    @Test
    void ifReadingHangsReadersAndCheckpointsAreToldInTime() {
        StateManagerOptions options = options().deviceTimeout(Duration.ofMillis(300)).build();
        try (QuietErrors quiet = new QuietErrors(); StateManager manager = StateManager.open(options)) {
            quiet.forget();
            SortedMapState<Integer, byte[]> map = map(manager);
            putAll(map, 0);
            awaitSpilled(manager);
            try (Hold hold = this.temporary.hold(FileCall.READ)) {
                assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> checkAll(map, 0))
                    .withMessageContaining("device-timeout");
                assertThat(hold.hasCaller()).isTrue();
                assertThatExceptionOfType(CheckpointFailedException.class).isThrownBy(manager::checkpoint)
                    .withStackTraceContaining("device-timeout");
            }
            awaitAnswer(map);
            checkAll(map, 0);
            manager.checkpoint();
        }
        try (StateManager manager = StateManager.open(options)) {
            checkAll(map(manager), 0);
        }
    }

    /** What hung returns a moment after it is let go. */
    private static void awaitAnswer(SortedMapState<Integer, byte[]> map) {
        while (true) {
            try {
                checkAll(map, 0);
                return;
            }
            catch (StorageUnavailableException ex) {
                assertThat(ex).hasMessageContaining("still not answered");
            }
        }
    }

    @Test
    void ifDeletingHangsCheckpointsComplete() {
        StateManagerOptions options = options().deviceTimeout(Duration.ofMillis(300)).build();
        try (QuietErrors quiet = new QuietErrors(); StateManager manager = StateManager.open(options)) {
            quiet.forget();
            SortedMapState<Integer, byte[]> map = map(manager);
            putAll(map, 0);
            awaitSpilled(manager);
            try (Hold hold = this.temporary.hold(FileCall.DELETE)) {
                manager.checkpoint();
                manager.checkpoint(); // after what was left to do for the first
                assertThat(hold.hasCaller()).as("a file was to be deleted").isTrue();
            }
            awaitAnswer(map);
            manager.checkpoint();
        }
        try (StateManager manager = StateManager.open(options)) {
            checkAll(map(manager), 0);
        }
    }

    // Threads

    /**
     * Four threads with a map and a queue each, whose calls are refused at random.
     * Whatever was refused was not done.
     */
    @Test
    void whileTheFileFailsAtRandomThreadsLoseNothing() throws Exception {
        long seed = Torture.seed("page-file-faults");
        int rounds = Torture.count("pageFileFaults", 12);
        long refused = 0;
        long failed = 0;
        for (int round = 0; round < rounds; round++) {
            MemoryDisk own = MemoryDisk.empty();
            SplittableRandom random = Torture.random(seed, round);
            StateManagerOptions options = options().persistentStorage(Storage.of(own.log(), own.checkpoints()))
                .cachePageCount(1 + random.nextInt(10))
                .readCache(random.nextBoolean())
                .build();
            this.temporary.failRandomly(random.nextLong(), random.nextDouble() * 0.4, FileCall.READ, FileCall.WRITE,
                    FileCall.OPEN_FOR_WRITING, FileCall.CREATE, FileCall.DELETE);
            List<FaultyWorker> workers = new ArrayList<>();
            ExecutorService threads = Executors.newCachedThreadPool();
            try (QuietErrors quiet = new QuietErrors(); StateManager manager = StateManager.open(options)) {
                quiet.forget();
                List<Future<Void>> running = new ArrayList<>();
                for (int number = 0; number < 4; number++) {
                    FaultyWorker worker = new FaultyWorker(manager, number, random.split());
                    workers.add(worker);
                    running.add(threads.submit(worker));
                }
                while (!running.stream().allMatch(Future::isDone)) {
                    try {
                        manager.checkpoint();
                    }
                    catch (CheckpointFailedException ex) {
                        failed++;
                    }
                }
                for (Future<Void> worker : running) {
                    worker.get();
                }
                this.temporary.heal();
                workers.forEach(FaultyWorker::check);
                manager.checkpoint();
                PageStructure.checkModifiedPageFile(manager);
            }
            catch (Throwable ex) {
                throw new AssertionError("round " + round + " with seed " + seed, ex);
            }
            finally {
                threads.shutdownNow();
                this.temporary.heal();
            }
            try (StateManager manager = StateManager.open(options)) {
                for (FaultyWorker worker : workers) {
                    worker.open(manager);
                    worker.check();
                    PageStructure.check(manager, StateKind.SORTED_MAP, "map" + worker.number);
                    PageStructure.check(manager, StateKind.QUEUE, "queue" + worker.number);
                    refused += worker.refused;
                }
            }
        }
        Torture.say("page-file-faults", "seed %d: %d rounds, %d calls refused, %d checkpoints failed, 0 violations",
                seed, rounds, refused, failed);
        assertThat(refused).isPositive();
    }

    /**
     * The file is damaged while four threads work. What each is told is right or refused,
     * and if anything was refused no checkpoint succeeds until the store is opened again.
     */
    @Test
    void damageIsToldToEachOfSeveralThreads() throws Exception {
        long seed = Torture.seed("page-file-damage-threads");
        int rounds = Torture.count("pageFileDamages", 8);
        long refused = 0;
        for (int round = 0; round < rounds; round++) {
            SplittableRandom random = Torture.random(seed, round);
            try (QuietErrors quiet = new QuietErrors()) {
                quiet.forget();
                refused += damageUnderThreads(random);
            }
            catch (Throwable ex) {
                throw new AssertionError("round " + round + " with seed " + seed, ex);
            }
        }
        Torture.say("page-file-damage-threads", "seed %d: %d rounds, %d calls refused, 0 violations", seed, rounds,
                refused);
        assertThat(refused).isPositive();
    }

    private long damageUnderThreads(SplittableRandom random) throws Exception {
        MemoryDisk own = MemoryDisk.empty();
        StateManagerOptions options = options().persistentStorage(Storage.of(own.log(), own.checkpoints()))
            .cachePageCount(1 + random.nextInt(10))
            .readCache(random.nextBoolean())
            .build();
        Damage damage = Damage.values()[random.nextInt(Damage.values().length)];
        List<FaultyWorker> workers = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        long refused;
        try (StateManager manager = StateManager.open(options)) {
            for (int number = 0; number < 4; number++) {
                workers.add(new FaultyWorker(manager, number, random.split()));
            }
            for (Future<Void> before : threads.invokeAll(workers)) {
                before.get();
            }
            long version = manager.checkpoint().version();
            workers.forEach(FaultyWorker::remember);

            Map<Path, byte[]> older = files();
            List<Future<Void>> running = new ArrayList<>();
            workers.forEach((worker) -> running.add(threads.submit(worker)));
            while (!workers.stream().allMatch((worker) -> worker.calls > FaultyWorker.CALLS / 2)
                    && running.stream().noneMatch(Future::isDone)) {
                Thread.onSpinWait();
            }
            inflict(damage, random, older);
            for (Future<Void> worker : running) {
                worker.get();
            }

            refused = workers.stream().mapToLong((worker) -> worker.refused).sum();
            if (refused > 0) {
                assertThatExceptionOfType(CheckpointFailedException.class).as("after %s", damage)
                    .isThrownBy(manager::checkpoint)
                    .withRootCauseInstanceOf(CorruptStateException.class);
                assertThat(manager.lastCheckpoint().orElseThrow().version()).isEqualTo(version);
                workers.forEach(FaultyWorker::goBack);
            }
        }
        finally {
            threads.shutdownNow();
        }
        if (refused > 0) {
            try (StateManager manager = StateManager.open(options)) {
                for (FaultyWorker worker : workers) {
                    worker.open(manager);
                    worker.check();
                }
            }
        }
        return refused;
    }

    /** A thread that believes what it is told. */
    private static final class FaultyWorker implements Callable<Void> {

        private static final int CALLS = 1_500;

        private final int number;

        private final SplittableRandom random;

        // The thread only, as all below
        private Map<Integer, byte[]> entries = new TreeMap<>();

        private Deque<byte[]> elements = new ArrayDeque<>();

        private Map<Integer, byte[]> entriesBefore = Map.of();

        private Deque<byte[]> elementsBefore = new ArrayDeque<>();

        private @Nullable SortedMapState<Integer, byte[]> map;

        private @Nullable QueueState<byte[]> queue;

        private volatile int calls; // the thread writes

        private boolean damaged; // whether damage is to be expected

        private long refused;

        FaultyWorker(StateManager manager, int number, SplittableRandom random) {
            this.number = number;
            this.random = random;
            open(manager);
        }

        void open(StateManager manager) {
            this.map = manager.scope("w").sortedMap("map" + this.number, Serializers.int32(), Serializers.bytes());
            this.queue = manager.scope("w").queue("queue" + this.number, Serializers.bytes());
        }

        /** Takes note of what is there now, before damage is done. */
        void remember() {
            this.entriesBefore = new TreeMap<>(this.entries);
            this.elementsBefore = new ArrayDeque<>(this.elements);
            this.calls = 0;
            this.damaged = true;
        }

        /** Expects what was there when it took note. */
        void goBack() {
            this.entries = this.entriesBefore;
            this.elements = this.elementsBefore;
        }

        @Override
        public Void call() {
            SortedMapState<Integer, byte[]> present = Objects.requireNonNull(this.map);
            QueueState<byte[]> line = Objects.requireNonNull(this.queue);
            for (int call = 0; call < CALLS; call++) {
                this.calls = call;
                int key = this.random.nextInt(200);
                byte[] value = value(key, call);
                try {
                    switch (this.random.nextInt(6)) {
                        case 0, 1 -> {
                            present.put(key, value);
                            this.entries.put(key, value);
                        }
                        case 2 -> {
                            present.remove(key);
                            this.entries.remove(key);
                        }
                        case 3 -> assertThat(present.get(key)).isEqualTo(this.entries.get(key));
                        case 4 -> {
                            line.addLast(value);
                            this.elements.addLast(value);
                        }
                        default -> {
                            byte[] first = line.pollFirst();
                            assertThat(first).isEqualTo(this.elements.pollFirst());
                        }
                    }
                }
                catch (StorageUnavailableException ex) {
                    this.refused++;
                }
                catch (CorruptStateException ex) {
                    if (!this.damaged) {
                        throw ex;
                    }
                    this.refused++;
                }
            }
            return null;
        }

        void check() {
            Map<Integer, byte[]> found = new TreeMap<>();
            Objects.requireNonNull(this.map).forEach(found::put);
            assertThat(found.keySet()).isEqualTo(this.entries.keySet());
            found.forEach((key, value) -> assertThat(value).isEqualTo(this.entries.get(key)));
            List<byte[]> line = new ArrayList<>();
            Objects.requireNonNull(this.queue).forEach(line::add);
            assertThat(line).hasSameSizeAs(this.elements);
            int index = 0;
            for (byte[] element : this.elements) {
                assertThat(line.get(index++)).isEqualTo(element);
            }
        }

    }

    // Cursors

    @ParameterizedTest
    @ValueSource(ints = { 0, 1, 2, 3 })
    void aWalkEndsIfTheVeryContentThatItIsInIsRestored(int kind) {
        try (StateManager manager = StateManager.open(options().build())) {
            Mixed mixed = new Mixed(manager);
            mixed.change(1);
            long version = manager.checkpoint().version();
            if (kind == 3) {
                List<byte[]> met = new ArrayList<>();
                assertThatIllegalStateException().isThrownBy(() -> mixed.queue.forEach((element) -> {
                    met.add(element);
                    if (met.size() == 1) {
                        manager.restore(version);
                    }
                }));
                assertThat(met).hasSizeLessThan(ENTRIES);
                return;
            }
            StateCursor<Integer, byte[]> cursor = switch (kind) {
                case 0 -> mixed.map.cursor();
                case 1 -> mixed.map.cursorBackwardFrom(ENTRIES);
                default -> mixed.log.cursor();
            };
            assertThat(cursor.advance()).isTrue();

            manager.restore(version);

            assertThatIllegalStateException().isThrownBy(() -> {
                while (cursor.advance()) {
                    Thread.onSpinWait(); // what it has copied it may still give
                }
            });
        }
    }

}
