package io.flowstate.torture;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
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

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.CounterState;
import io.flowstate.state.QueueState;
import io.flowstate.state.SortedMapState;
import io.flowstate.storage.CheckpointFailedException;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.Storage;
import io.flowstate.testing.MemoryFiles;
import io.flowstate.testing.Torture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The modified-page file is damaged while four threads work and checkpoints are taken.
 * What a thread reads is right or refused by a {@link CorruptStateException}; once a
 * checkpoint was refused for it none succeeds any more; and the next opening finds
 * exactly the last one that did. More with
 * {@code -Dflowstate.torture.pageFileDamageThreads=500}.
 */
@Timeout(value = 1, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PageFileDamageThreadsTest {

    private static final String NAME = "page-file-damage-threads";

    private static final int THREADS = 4;

    private static final int BYTES_PER_DAMAGE = 20_000; // since parts are not used

    private final int rounds = Torture.count("pageFileDamageThreads", 4);

    private final MemoryFiles temporary = new MemoryFiles();

    @Test
    void damageUnderThreadsGivesATypedErrorAndNeverAWrongValue() throws Exception {
        long seed = Torture.seed(NAME);
        int refused = 0;
        int failed = 0;
        for (int round = 0; round < this.rounds; round++) {
            SplittableRandom random = Torture.random(seed, round);
            Round run = new Round(MemoryDisk.empty(), random);
            try (QuietErrors quiet = new QuietErrors()) {
                quiet.forget();
                run.work();
                run.checkReopened();
            }
            catch (Throwable ex) {
                throw new AssertionError("round " + round + " with seed " + seed, ex);
            }
            refused += run.refused;
            failed += run.failed;
        }
        Torture.say(NAME, "seed %d: %d rounds, %d threads were refused something, %d checkpoints failed, 0 violations",
                seed, this.rounds, refused, failed);
        assertThat(refused).isPositive();
        assertThat(failed).isPositive();
    }

    /** One store, damaged once. */
    private final class Round {

        private final StateManagerOptions options;

        private final SplittableRandom random;

        private final List<Worker> workers = new ArrayList<>();

        private long acknowledged; // the newest version

        private int refused;

        private int failed;

        Round(MemoryDisk disk, SplittableRandom random) {
            this.random = random;
            this.options = StateManagerOptions.builder()
                .persistentStorage(Storage.of(disk.log(), disk.checkpoints()))
                .pageSize(64 << 10)
                .memorySize(4 * (64 << 10))
                .segmentSize(256 << 10)
                .indexMemory(1 << 20)
                .cachePageCount(1 + random.nextInt(10))
                .cacheMemory(1 << 20)
                .statePageSize(4096)
                .readCache(random.nextBoolean())
                .temporaryDirectory(PageFileDamageThreadsTest.this.temporary, Path.of("/temporary"))
                .build();
        }

        void work() throws Exception {
            ExecutorService threads = Executors.newCachedThreadPool();
            try (StateManager manager = StateManager.open(this.options)) {
                List<Future<Boolean>> running = new ArrayList<>();
                for (int number = 0; number < THREADS; number++) {
                    Worker worker = new Worker(manager, number, this.random.nextLong());
                    this.workers.add(worker);
                    running.add(threads.submit(worker));
                }
                int before = 1 + this.random.nextInt(6);
                for (int turn = 0; !running.stream().allMatch(Future::isDone); turn++) {
                    checkpoint(manager);
                    if (turn == before) {
                        damage();
                    }
                }
                for (Future<Boolean> worker : running) {
                    this.refused += worker.get() ? 1 : 0;
                }
                this.workers.forEach(Worker::look);
                checkpoint(manager);
                checkpoint(manager); // what the one before was refused, this one is too
            }
            finally {
                threads.shutdownNow();
            }
        }

        private void checkpoint(StateManager manager) {
            try {
                Checkpoint done = manager.checkpoint();
                assertThat(this.failed).as("checkpoints that failed before").isZero();
                this.acknowledged = done.version();
            }
            catch (CheckpointFailedException ex) {
                assertThat(ex).hasRootCauseInstanceOf(CorruptStateException.class).hasStackTraceContaining(".tmp");
                this.failed++;
            }
        }

        private void damage() {
            MemoryFiles files = PageFileDamageThreadsTest.this.temporary;
            for (Path path : files.paths()) {
                if (path.toString().endsWith(".tmp")) {
                    try {
                        int length = files.content(path).length;
                        for (int turn = length / BYTES_PER_DAMAGE; turn > 0; turn--) {
                            files.damage(path, this.random.nextInt(length), 1 << this.random.nextInt(8));
                        }
                    }
                    catch (IllegalArgumentException ex) {
                        assertThat(files.exists(path)).as("why %s could not be damaged: %s", path, ex).isFalse();
                    }
                }
            }
        }

        void checkReopened() {
            try (StateManager manager = StateManager.open(this.options)) {
                assertThat(manager.lastCheckpoint().map(Checkpoint::version).orElse(0L)).isEqualTo(this.acknowledged);
                for (Worker worker : this.workers) {
                    worker.checkReopened(manager);
                }
                manager.checkpoint();
            }
        }

    }

    /**
     * A thread with a map and a queue. Its steps are a function of its seed, and counted
     * in the same units of work, so that their number says what must be there.
     */
    private static final class Worker implements Callable<Boolean> {

        private static final int STEPS = 1_200;

        private static final int KEYS = 120;

        private final int number;

        private final long seed;

        private StateManager manager;

        private SortedMapState<Integer, byte[]> map;

        private QueueState<byte[]> queue;

        private CounterState<Integer> steps;

        private TreeMap<Integer, byte[]> entries = new TreeMap<>();

        private Deque<byte[]> elements = new ArrayDeque<>();

        Worker(StateManager manager, int number, long seed) {
            this.number = number;
            this.seed = seed;
            this.manager = manager;
            this.map = map(manager);
            this.queue = queue(manager);
            this.steps = steps(manager);
        }

        private SortedMapState<Integer, byte[]> map(StateManager opened) {
            return opened.scope("w").sortedMap("map" + this.number, Serializers.int32(), Serializers.bytes());
        }

        private QueueState<byte[]> queue(StateManager opened) {
            return opened.scope("w").queue("queue" + this.number, Serializers.bytes());
        }

        private static CounterState<Integer> steps(StateManager opened) {
            return opened.scope("w").counters("steps", Serializers.int32());
        }

        /** Works until it is refused something, or is done; says which. */
        @Override
        public Boolean call() {
            for (int step = 0; step < STEPS; step++) {
                int next = step;
                try {
                    this.manager.update(() -> {
                        step(next, true);
                        this.steps.set(this.number, next + 1);
                    });
                }
                catch (CorruptStateException ex) {
                    assertThat(ex).hasMessageContaining(".tmp");
                    return true;
                }
                step(step, false);
                if (step % 50 == 0 && look()) {
                    return true;
                }
            }
            return false;
        }

        /** Makes a step in the store, or in what stands for it. */
        private void step(int step, boolean inStore) {
            SplittableRandom random = Torture.random(this.seed, step);
            int kind = random.nextInt(10);
            int key = random.nextInt(KEYS);
            byte[] value = new byte[random.nextInt((kind == 0) ? 9_000 : 1_500)];
            random.nextBytes(value);
            if (kind < 4) {
                put(key, value, inStore);
            }
            else if (kind < 5) {
                remove(key, inStore);
            }
            else if (kind < 8) {
                add(value, inStore);
            }
            else {
                poll(inStore);
            }
        }

        private void put(int key, byte[] value, boolean inStore) {
            if (inStore) {
                this.map.put(key, value);
            }
            else {
                this.entries.put(key, value);
            }
        }

        private void remove(int key, boolean inStore) {
            if (inStore) {
                this.map.remove(key);
            }
            else {
                this.entries.remove(key);
            }
        }

        private void add(byte[] value, boolean inStore) {
            if (inStore) {
                this.queue.addLast(value);
            }
            else {
                this.elements.addLast(value);
            }
        }

        private void poll(boolean inStore) {
            byte @Nullable [] expected = inStore ? this.elements.peekFirst() : this.elements.pollFirst();
            if (inStore) {
                assertThat(this.queue.pollFirst()).isEqualTo(expected);
            }
        }

        /** Reads everything; whether something was refused. */
        boolean look() {
            boolean refused = false;
            for (int key = 0; key < KEYS; key++) {
                try {
                    assertThat(this.map.get(key)).as("key %d", key).isEqualTo(this.entries.get(key));
                }
                catch (CorruptStateException ex) {
                    assertThat(ex).hasMessageContaining(".tmp");
                    refused = true;
                }
            }
            List<byte[]> line = new ArrayList<>();
            try {
                this.queue.forEach(line::add);
                assertThat(line).hasSameSizeAs(this.elements);
            }
            catch (CorruptStateException ex) {
                assertThat(ex).hasMessageContaining(".tmp");
                refused = true;
            }
            int index = 0;
            for (byte[] element : this.elements) {
                if (index < line.size()) {
                    assertThat(line.get(index++)).isEqualTo(element);
                }
            }
            return refused;
        }

        void checkReopened(StateManager reopened) {
            int done = (int) steps(reopened).get(this.number);
            this.manager = reopened;
            this.map = map(reopened);
            this.queue = queue(reopened);
            this.steps = steps(reopened);
            this.entries = new TreeMap<>();
            this.elements = new ArrayDeque<>();
            for (int step = 0; step < done; step++) {
                step(step, false);
            }
            assertThat(look()).as("whether anything was refused").isFalse();
            Map.Entry<Integer, byte[]> last = this.map.lastEntry();
            assertThat((last != null) ? last.getKey() : null)
                .isEqualTo(this.entries.isEmpty() ? null : Objects.requireNonNull(this.entries.lastKey()));
        }

    }

}
