package io.flowstate.torture;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

import io.flowstate.PageStructure;
import io.flowstate.StateManager;
import io.flowstate.internal.checkpoint.StateKind;
import io.flowstate.internal.queue.QueueCall;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.QueueState;
import io.flowstate.state.SortedMapState;
import io.flowstate.testing.Linearizability.Call;
import io.flowstate.testing.Linearizability.Sequential;
import io.flowstate.testing.Linearizability;
import io.flowstate.testing.Torture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Calls of several threads on one sorted map or queue of a store could have happened one
 * after the other, while pages are evicted and checkpoints taken. More rounds with
 * {@code -Dflowstate.torture.pagedRounds=20000}.
 */
@Timeout(value = 3, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PagedLinearizabilityTest {

    private static final int THREADS = 4;

    private static final int CALLS = 20; // of each thread in a round

    private static final List<SortedCall.Kind> ANY = List.of(SortedCall.Kind.GET, SortedCall.Kind.PUT,
            SortedCall.Kind.REMOVE, SortedCall.Kind.ADD, SortedCall.Kind.FIRST, SortedCall.Kind.LAST,
            SortedCall.Kind.FLOOR, SortedCall.Kind.HIGHER);

    private static final int KEYS = 60; // on more pages than the cache has

    private final int rounds = Torture.count("pagedRounds", 300);

    @Test
    void callsOnASortedMapAreLinearizable() throws Exception {
        try (StateManager manager = StateManager.open(MemoryDisk.empty().options(3))) { // one
                                                                                        // page
            SortedMapState<Integer, Long> map = manager.scope("s")
                .sortedMap("sorted", Serializers.int32(), new PaddedNumber());
            this.<NavigableMap<Integer, Long>, SortedCall>run("paged-sorted-map-linearizability", manager,
                    PagedLinearizabilityTest::sortedCall, (call) -> call.make(map), SortedCall::apply, () -> {
                        NavigableMap<Integer, Long> content = new TreeMap<>();
                        map.forEach(content::put);
                        PageStructure.check(manager, StateKind.SORTED_MAP, "sorted");
                        return content;
                    });
        }
    }

    @Test
    void callsOnAQueueAreLinearizable() throws Exception {
        try (StateManager manager = StateManager.open(MemoryDisk.empty().options(3))) {
            QueueState<Long> queue = manager.scope("s").queue("queue", new PaddedNumber());
            this.<List<Long>, QueueCall>run("paged-queue-linearizability", manager, PagedLinearizabilityTest::queueCall,
                    (call) -> call.make(queue), QueueCall::apply, () -> {
                        List<Long> content = new ArrayList<>();
                        queue.forEach(content::add);
                        PageStructure.check(manager, StateKind.QUEUE, "queue");
                        return content;
                    });
        }
    }

    private static SortedCall sortedCall(SplittableRandom random) {
        int dice = random.nextInt(100);
        SortedCall.Kind kind = (dice == 0) ? SortedCall.Kind.CLEAR
                : (dice < 3) ? SortedCall.Kind.REMOVE_RANGE
                        : (dice < 33) ? SortedCall.Kind.PUT
                                : (dice < 43) ? SortedCall.Kind.REMOVE : (dice < 53) ? SortedCall.Kind.ADD
                                        : (dice < 57) ? SortedCall.Kind.SIZE : ANY.get(random.nextInt(ANY.size()));
        int key = random.nextInt(KEYS);
        // of one key: a range on several pages does not go at once, and need not
        boolean range = kind == SortedCall.Kind.REMOVE_RANGE;
        return new SortedCall(kind, key, range ? key + 1 : 1 + random.nextInt(1000));
    }

    private static QueueCall queueCall(SplittableRandom random) {
        QueueCall.Kind[] kinds = QueueCall.Kind.values();
        int dice = random.nextInt(100);
        QueueCall.Kind kind = (dice == 0) ? QueueCall.Kind.CLEAR
                : kinds[(dice < 40) ? random.nextInt(2) : random.nextInt(kinds.length - 1)];
        return new QueueCall(kind, random.nextInt(1000));
    }

    /** What is there while nobody changes it. */
    private interface Content<S> {

        S read();

    }

    private <S, C> void run(String name, StateManager manager, Function<SplittableRandom, C> calls,
            Function<C, @Nullable Object> making, Sequential<S, C> sequential, Content<S> content) throws Exception {
        long seed = Torture.seed(name);
        SplittableRandom random = Torture.random(seed, 0);
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            for (int round = 0; round < this.rounds; round++) {
                S initial = content.read();
                AtomicLong clock = new AtomicLong();
                AtomicBoolean done = new AtomicBoolean();
                CyclicBarrier start = new CyclicBarrier(THREADS + 1);
                List<Future<List<Call<C>>>> callers = new ArrayList<>();
                for (int thread = 0; thread < THREADS; thread++) {
                    SplittableRandom own = random.split();
                    callers.add(threads.submit(() -> {
                        List<Call<C>> made = new ArrayList<>();
                        start.await();
                        for (int number = 0; number < CALLS; number++) {
                            C call = calls.apply(own);
                            long begin = clock.incrementAndGet();
                            Object result = making.apply(call);
                            made.add(new Call<>(call, result, begin, clock.incrementAndGet()));
                        }
                        return made;
                    }));
                }
                Future<Integer> checkpoints = threads.submit(() -> {
                    start.await();
                    int taken = 0;
                    while (!done.get()) {
                        manager.checkpoint();
                        taken++;
                    }
                    return taken;
                });
                List<List<Call<C>>> made = new ArrayList<>();
                for (Future<List<Call<C>>> caller : callers) {
                    made.add(caller.get());
                }
                done.set(true);
                assertThat(checkpoints.get()).isNotNegative();
                assertThat(Linearizability.problem(sequential, made, initial)).as("round %d with seed %d", round, seed)
                    .isNull();
            }
        }
        finally {
            threads.shutdownNow();
        }
        Torture.say(name, "seed %d: %d rounds, %d pages evicted, 0 violations", seed, this.rounds,
                manager.stats().pages().evictions());
        assertThat(manager.stats().pages().evictions()).isPositive();
    }

}
