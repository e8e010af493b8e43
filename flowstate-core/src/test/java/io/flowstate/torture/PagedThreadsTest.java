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
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;

import io.flowstate.PageStructure;
import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.compression.Compression;
import io.flowstate.internal.checkpoint.StateKind;
import io.flowstate.storage.Storage;
import io.flowstate.testing.Torture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Four writers, readers and cursors on one sorted map, queue or append log, with a cache
 * of 10 pages and one checkpoint after the other: what is read is whole and in order, and
 * sums are right at the end and at the cut that the next opening finds. More openings
 * with {@code -Dflowstate.torture.pagedThreads=200}.
 */
@Timeout(value = 1, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PagedThreadsTest {

    private static final int WRITERS = 4;

    private static final int CHANGES = 500; // of each writer between two openings

    private static final int CACHED_PAGES = 10;

    private static final List<Compression> CODECS = List.of(Compression.none(), Compression.zstd(), Compression.zlib());

    private final int openings = Torture.count("pagedThreads", 3);

    private final MemoryDisk disk = MemoryDisk.empty();

    @Test
    void theSumOfASortedMapAndItsOrderHold() throws Exception {
        run("paged-threads-sorted-map", StateKind.SORTED_MAP, PagedThreadsWork.Accounts::new);
    }

    @Test
    void nothingIsLostInAQueueAndItsOrderHolds() throws Exception {
        run("paged-threads-queue", StateKind.QUEUE, (manager) -> new PagedThreadsWork.Line(manager, WRITERS));
    }

    @Test
    void theSumOfAnAppendLogAndItsOrderHold() throws Exception {
        run("paged-threads-append-log", StateKind.APPEND, PagedThreadsWork.Tickets::new);
    }

    private StateManagerOptions options(int opening) {
        return StateManagerOptions.builder()
            .persistentStorage(Storage.of(this.disk.log(), this.disk.checkpoints()))
            .pageSize(64 << 10)
            .memorySize(4 * (64 << 10))
            .segmentSize(256 << 10)
            .indexMemory(1 << 20)
            .cachePageCount(CACHED_PAGES)
            .cacheMemory(1 << 20)
            .statePageSize(4096)
            .compression(CODECS.get(opening % CODECS.size()))
            .readCache(opening % 2 == 1)
            .temporaryDirectory(this.disk.files(), Path.of("/store/temporary"))
            .build();
    }

    private void run(String name, StateKind kind, Function<StateManager, PagedThreadsWork> works) throws Exception {
        long seed = Torture.seed(name);
        long evictions = 0;
        long checkpoints = 0;
        long looks = 0;
        for (int opening = 0; opening <= this.openings; opening++) {
            try (StateManager manager = StateManager.open(options(opening))) {
                PagedThreadsWork work = works.apply(manager);
                work.check(); // the cut that was found
                PageStructure.check(manager, kind, "state");
                looks += work(manager, work, Torture.random(seed, opening));
                work.check();
                PageStructure.check(manager, kind, "state");
                PageStructure.checkModifiedPageFile(manager);
                evictions += manager.stats().pages().evictions();
                checkpoints += manager.stats().checkpoints().completed();
            }
            catch (Throwable ex) {
                throw new AssertionError("opening " + opening + " with seed " + seed, ex);
            }
        }
        Torture.say(name,
                "seed %d: %d openings, %d changes, %d looks and walks, %d checkpoints, %d evictions," + " 0 violations",
                seed, this.openings + 1, (this.openings + 1) * WRITERS * CHANGES, looks, checkpoints, evictions);
        assertThat(evictions).isPositive();
        assertThat(checkpoints).isGreaterThan(this.openings);
    }

    /** Returns how often somebody looked meanwhile. */
    private static long work(StateManager manager, PagedThreadsWork work, SplittableRandom random) throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        AtomicBoolean stop = new AtomicBoolean();
        AtomicLong looks = new AtomicLong();
        List<Future<?>> writers = new ArrayList<>();
        List<Future<?>> others = new ArrayList<>();
        try {
            List<Consumer<SplittableRandom>> looking = List.of(work::look, work::look, work::walk, work::walk,
                    (own) -> manager.checkpoint());
            for (Consumer<SplittableRandom> task : looking) {
                SplittableRandom own = random.split();
                others.add(threads.submit(() -> {
                    while (!stop.get()) {
                        task.accept(own);
                        looks.incrementAndGet();
                    }
                }));
            }
            for (int number = 0; number < WRITERS; number++) {
                int writer = number;
                SplittableRandom own = random.split();
                writers.add(threads.submit(() -> {
                    for (int change = 0; change < CHANGES && !stop.get(); change++) {
                        work.change(writer, own);
                    }
                }));
            }
            for (Future<?> writer : writers) {
                writer.get();
            }
        }
        finally {
            stop.set(true);
            threads.shutdown();
        }
        for (Future<?> other : others) {
            other.get();
        }
        return looks.get();
    }

}
