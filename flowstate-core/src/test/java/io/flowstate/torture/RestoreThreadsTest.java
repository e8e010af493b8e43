package io.flowstate.torture;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.CounterState;
import io.flowstate.state.MapState;
import io.flowstate.state.StateCursor;
import io.flowstate.testing.Torture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * While checkpoints are restored one after the other, threads change a map and counters
 * in units of work, each its own keys, and others read. Within a unit the two always
 * agree; a value read anywhere is whole; a cursor meets every key or says that a
 * checkpoint was restored; and nobody meets any other error. Longer with
 * {@code -Dflowstate.torture.restores=200}.
 */
class RestoreThreadsTest {

    private static final String NAME = "restore-threads";

    private static final int WRITERS = 2;

    private static final int KEYS = 1500;

    private static final int LARGEST_VALUE = 700;

    private final MemoryDisk disk = MemoryDisk.empty();

    private final AtomicInteger units = new AtomicInteger();

    private final AtomicInteger reads = new AtomicInteger();

    private final AtomicInteger walks = new AtomicInteger();

    private final AtomicInteger brokenWalks = new AtomicInteger();

    private volatile boolean done; // set at the end or at a failure

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void othersSeeOneContentOrTheOther() throws Exception {
        long seed = Torture.seed(NAME);
        int restores = 2 * Torture.count("restores", 20);
        ExecutorService threads = Executors.newCachedThreadPool();
        List<Future<?>> running = new ArrayList<>();

        try (StateManager manager = StateManager.open(this.disk.options(2, RestoreRun.KEEP))) {
            States states = new States(manager);
            for (int key = 0; key < KEYS; key++) {
                states.texts.put(key, value(key, 0));
                states.counts.set(key, 1); // 0 would be an absent key
            }
            manager.checkpoint();
            for (int number = 0; number < WRITERS; number++) {
                int writer = number;
                running.add(threads.submit(() -> guarded(() -> write(states, writer, seed))));
            }
            running.add(threads.submit(() -> guarded(() -> read(states, seed))));
            running.add(threads.submit(() -> guarded(() -> walk(states))));
            try {
                restore(manager, restores, Torture.random(seed, 0));
            }
            finally {
                this.done = true;
                for (Future<?> thread : running) {
                    thread.get(1, TimeUnit.MINUTES);
                }
            }
            states.checkAll();
        }
        finally {
            threads.shutdownNow();
        }
        Torture.say(NAME,
                "seed %d: %d restores, %d units, %d reads, %d walks, %d of them ended by a restore, 0 violations", seed,
                restores, this.units.get(), this.reads.get(), this.walks.get(), this.brokenWalks.get());
    }

    private void guarded(Runnable action) {
        try {
            while (!this.done) {
                action.run();
            }
        }
        catch (Throwable ex) {
            this.done = true;
            throw ex;
        }
    }

    private void restore(StateManager manager, int restores, SplittableRandom random) {
        for (int number = 0; number < restores && !this.done; number++) {
            int checkpoints = random.nextInt(3);
            for (int turn = 0; turn < checkpoints; turn++) {
                manager.checkpoint();
            }
            List<Checkpoint> kept = manager.checkpoints();
            long version = kept.get(random.nextInt(kept.size())).version();
            assertThat(manager.restore(version).version()).isGreaterThan(kept.get(0).version());
            Torture.dawdle(random.nextInt(200_000));
        }
    }

    private void write(States states, int writer, long seed) {
        SplittableRandom random = Torture.random(seed, 1000L * (1 + writer) + this.units.incrementAndGet());
        int key = random.nextInt(KEYS / WRITERS) * WRITERS + writer;
        states.manager.update(() -> {
            int count = states.countOf(key);
            assertThat(states.counts.get(key)).as("the count of %d in a unit", key).isEqualTo(count + 1L);
            states.texts.put(key, value(key, count + 1));
            assertThat(states.counts.add(key, 1)).as("the new count of %d in a unit", key).isEqualTo(count + 2L);
        });
    }

    private void read(States states, long seed) {
        SplittableRandom random = Torture.random(seed, -this.reads.incrementAndGet());
        int key = random.nextInt(KEYS);
        states.countOf(key);
        assertThat(states.counts.get(key)).as("the count of %d", key).isPositive();
        List<Integer> wanted = random.ints(100, 0, KEYS).boxed().toList();
        states.texts.getAll(wanted, (found, value) -> countIn(found, value));
        assertThat(states.manager.scope("a").exists("texts")).isTrue();
    }

    private void walk(States states) {
        this.walks.incrementAndGet();
        try (StateCursor<Integer, String> cursor = states.texts.cursor()) {
            int met = 0;
            while (cursor.advance()) {
                countIn(cursor.key(), cursor.value());
                met++;
            }
            assertThat(met).as("keys that a cursor met").isEqualTo(KEYS);
            assertThat(states.counts.size()).as("size").isEqualTo(KEYS);
        }
        catch (IllegalStateException ex) {
            assertThat(ex).hasMessageContaining("restored while the cursor was open");
            this.brokenWalks.incrementAndGet();
        }
    }

    private static String value(int key, int count) {
        String head = key + ":" + count + ":";
        return head + head.repeat((key * 31 + count * 17) % LARGEST_VALUE / head.length());
    }

    private static int countIn(int key, @Nullable String value) {
        String text = Objects.requireNonNull(value, () -> "key " + key + " has no value");
        int count = Integer.parseInt(text.substring(text.indexOf(':') + 1, text.indexOf(':', text.indexOf(':') + 1)));
        assertThat(text).as("the value of %d", key).isEqualTo(value(key, count));
        return count;
    }

    /** The states. */
    private static final class States {

        private final StateManager manager;

        private final MapState<Integer, String> texts;

        private final CounterState<Integer> counts;

        States(StateManager manager) {
            this.manager = manager;
            this.texts = manager.scope("a").map("texts", Serializers.int32(), Serializers.string());
            this.counts = manager.scope("a").scope("b").counters("counts", Serializers.int32());
        }

        int countOf(int key) {
            return countIn(key, this.texts.get(key));
        }

        void checkAll() {
            for (int key = 0; key < KEYS; key++) {
                assertThat(this.counts.get(key)).isEqualTo(countOf(key) + 1L);
            }
        }

    }

}
