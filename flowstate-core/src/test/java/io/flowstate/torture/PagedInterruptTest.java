package io.flowstate.torture;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.flowstate.PageStructure;
import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.internal.checkpoint.StateKind;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.SortedMapState;
import io.flowstate.storage.StateInterruptedException;
import io.flowstate.storage.Storage;
import io.flowstate.testing.FaultyFiles;
import io.flowstate.testing.FileCall;
import io.flowstate.testing.Hold;
import io.flowstate.testing.MemoryFiles;
import io.flowstate.testing.Torture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Threads that change sorted maps, queues and append logs are interrupted at random
 * moments, also while they wait for the modified-page file. What was interrupted was not
 * done, as {@link InterruptTest} says it for maps. More with
 * {@code -Dflowstate.torture.interrupts=20000}.
 */
@Timeout(value = 1, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PagedInterruptTest {

    private static final String NAME = "paged-interrupt";

    private static final int THREADS = 4; // the last one is never interrupted

    private static final int BETWEEN = 25; // interrupts while the file is held, and then
                                           // while it is not

    private final MemoryDisk disk = MemoryDisk.empty();

    private final FaultyFiles temporary = new FaultyFiles(new MemoryFiles());

    private StateManagerOptions options(int cachedPages) {
        return StateManagerOptions.builder()
            .persistentStorage(Storage.of(this.disk.log(), this.disk.checkpoints()))
            .pageSize(64 << 10)
            .memorySize(4 * (64 << 10))
            .segmentSize(256 << 10)
            .indexMemory(1 << 20)
            .cachePageCount(cachedPages)
            .cacheMemory(1 << 20)
            .statePageSize(4096)
            .temporaryDirectory(this.temporary, Path.of("/temporary"))
            .build();
    }

    @Test
    void whetherAnInterruptedCallWasDoneIsNeverInDoubt() throws Exception {
        long seed = Torture.seed(NAME);
        int interrupts = Torture.count("interrupts", 300);
        List<PagedInterruptedWorker> workers = new ArrayList<>();
        AtomicBoolean finished = new AtomicBoolean();
        ExecutorService threads = Executors.newCachedThreadPool();
        try (StateManager manager = StateManager.open(options(1))) {
            List<Future<Void>> running = new ArrayList<>();
            for (int number = 0; number < THREADS; number++) {
                PagedInterruptedWorker worker = new PagedInterruptedWorker(manager, number,
                        Torture.random(seed, number), finished);
                workers.add(worker);
                running.add(threads.submit(worker));
            }
            try {
                interrupt(workers, running, interrupts, Torture.random(seed, -1));
            }
            finally {
                finished.set(true);
            }
            for (Future<Void> worker : running) {
                worker.get();
            }
            manager.checkpoint();
            PageStructure.check(manager, StateKind.SORTED_MAP, "sorted");
            PageStructure.checkModifiedPageFile(manager);
        }
        finally {
            threads.shutdownNow();
        }

        try (StateManager manager = StateManager.open(options(10))) {
            for (PagedInterruptedWorker worker : workers) {
                worker.open(manager);
                worker.checkAll();
            }
        }
        long calls = workers.stream().mapToLong(InterruptedWorker::calls).sum();
        long refused = workers.stream().mapToLong(InterruptedWorker::refused).sum();
        Torture.say(NAME, "seed %d: %d interrupts, %d calls, %d of them interrupted before they were done %s", seed,
                interrupts, calls, refused, InterruptedWorker.kindsRefused(workers));
        assertThat(workers.get(THREADS - 1).refused()).isZero();
        assertThat(refused).isPositive();
    }

    private void interrupt(List<PagedInterruptedWorker> workers, List<Future<Void>> running, int interrupts,
            SplittableRandom random) {
        List<PagedInterruptedWorker> interrupted = workers.subList(0, THREADS - 1);
        for (int sent = 0; sent < interrupts; sent += 2 * BETWEEN) {
            try (Hold hold = this.temporary.hold(FileCall.WRITE)) {
                hold.awaitCaller();
                InterruptedWorker.interrupt(interrupted, running, BETWEEN, random);
            }
            InterruptedWorker.interrupt(interrupted, running, BETWEEN, random);
        }
    }

    @Test
    void whoIsInterruptedWhileTheModifiedPageFileTakesNothingHasNotDoneIt() throws Exception {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        int[] done = new int[1]; // read when the thread has ended
        try (StateManager manager = StateManager.open(options(1))) {
            SortedMapState<Integer, byte[]> map = manager.scope("s")
                .sortedMap("sorted", Serializers.int32(), Serializers.bytes());
            try (Hold hold = this.temporary.hold(FileCall.WRITE)) {
                Thread[] writer = new Thread[1];
                Future<StateInterruptedException> refused = thread.submit(() -> {
                    writer[0] = Thread.currentThread();
                    try {
                        while (true) {
                            map.put(done[0], new byte[900]);
                            done[0]++;
                        }
                    }
                    catch (StateInterruptedException ex) {
                        assertThat(Thread.interrupted()).isTrue();
                        return ex;
                    }
                });
                hold.awaitCaller();
                while (manager.stats().pages().leavingBytes() <= 1 << 20) {
                    Thread.onSpinWait(); // until nobody may add to what is on its way
                }

                writer[0].interrupt();

                assertThat(refused.get()).hasMessageContaining("modified-page file");
                assertThat(map.size()).isEqualTo(done[0]);
                assertThat(map.containsKey(done[0])).isFalse();
            }
            map.put(done[0], new byte[900]);
            assertThat(map.size()).isEqualTo(done[0] + 1);
        }
        finally {
            thread.shutdownNow();
        }
    }

}
