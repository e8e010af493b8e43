package io.flowstate.internal.queue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import io.flowstate.internal.page.HeapPagedState;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.QueueState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Several threads on one queue. An element is the number of the thread that adds it and a
 * number that this thread counts up, with bytes behind that make some of them long.
 */
class PagedQueueThreadsTest {

    private static final int ELEMENTS = 4000; // of each thread that adds

    private final long seed = new SplittableRandom().nextLong();

    private final HeapPagedState state = new HeapPagedState(512, new SplittableRandom(this.seed));

    private final QueueState<List<Long>> queue = new PagedQueue<>(this.state, Serializers.listOf(Serializers.int64()));

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stopThreads() {
        this.threads.shutdownNow();
    }

    private static List<Long> element(long thread, long number) {
        List<Long> element = new ArrayList<>(List.of(thread, number));
        long more = (number % 29 == 0) ? 40 : number % 7;
        for (long i = 0; i < more; i++) {
            element.add(number + i);
        }
        return element;
    }

    private static long checked(List<Long> element) {
        assertThat(element).isEqualTo(element(element.get(0), element.get(1)));
        return element.get(0) * ELEMENTS + element.get(1);
    }

    private static <R> List<R> results(List<Future<R>> futures) throws Exception {
        List<R> results = new ArrayList<>();
        for (Future<R> future : futures) {
            results.add(future.get());
        }
        return results;
    }

    @Test
    void whatIsAddedAtOneEndComesOutAtTheOtherInOrder() throws Exception {
        passThrough(true);
    }

    @Test
    void andTheOtherWayRound() throws Exception {
        passThrough(false);
    }

    private void passThrough(boolean addLast) throws Exception {
        System.out.println("[torture] queue threads: seed " + this.seed);
        AtomicInteger left = new AtomicInteger(2 * ELEMENTS);
        AtomicBoolean done = new AtomicBoolean();
        List<Future<List<Long>>> taking = new ArrayList<>();
        List<Future<List<Long>>> adding = new ArrayList<>();
        for (int thread = 0; thread < 2; thread++) {
            int number = thread;
            adding.add(this.threads.submit(() -> add(number, addLast)));
            taking.add(this.threads.submit(() -> take(left, addLast)));
        }
        Future<Integer> walking = this.threads.submit(() -> walk(done, addLast));

        results(adding);
        List<List<Long>> taken = results(taking);
        done.set(true);
        walking.get();

        Set<Long> all = new HashSet<>();
        taken.forEach((ofThread) -> {
            assertInOrder(ofThread, true);
            ofThread.forEach((element) -> assertThat(all.add(element)).as("%d once", element).isTrue());
        });
        assertThat(all).hasSize(2 * ELEMENTS);
        assertThat(this.queue.isEmpty()).isTrue();
        QueueStructure.check(this.state);
    }

    private List<Long> add(int thread, boolean last) {
        for (long number = 0; number < ELEMENTS; number++) {
            if (last) {
                this.queue.addLast(element(thread, number));
            }
            else {
                this.queue.addFirst(element(thread, number));
            }
        }
        return List.of();
    }

    private List<Long> take(AtomicInteger left, boolean first) {
        List<Long> taken = new ArrayList<>();
        while (left.get() > 0) {
            List<Long> element = first ? this.queue.pollFirst() : this.queue.pollLast();
            if (element != null) {
                taken.add(checked(element));
                left.decrementAndGet();
            }
        }
        return taken;
    }

    private int walk(AtomicBoolean done, boolean ascending) {
        int walks = 0;
        while (!done.get()) {
            List<Long> found = new ArrayList<>();
            this.queue.forEach((element) -> found.add(checked(element)));
            assertInOrder(found, ascending);
            walks++;
        }
        return walks;
    }

    /** The numbers that each thread counted only go up, or only down. */
    private static void assertInOrder(List<Long> elements, boolean ascending) {
        long[] last = { ascending ? -1 : ELEMENTS, ascending ? -1 : ELEMENTS };
        for (long element : elements) {
            int thread = (int) (element / ELEMENTS);
            long number = element % ELEMENTS;
            assertThat(ascending ? number > last[thread] : number < last[thread])
                .as("%d of thread %d after %d", number, thread, last[thread])
                .isTrue();
            last[thread] = number;
        }
    }

    /** What no thread takes out comes once in each walk, whatever goes on around it. */
    @Test
    void walksFindWhatIsThereThroughout() throws Exception {
        System.out.println("[torture] queue walks: seed " + this.seed);
        for (long number = 0; number < ELEMENTS; number++) {
            this.queue.addLast(element(4, number));
        }
        AtomicInteger aroundFirst = new AtomicInteger();
        AtomicInteger aroundLast = new AtomicInteger();
        AtomicBoolean done = new AtomicBoolean();
        List<Future<Integer>> others = new ArrayList<>();
        List<Callable<Integer>> work = new ArrayList<>();
        for (int thread = 0; thread < 4; thread++) {
            boolean first = thread % 2 == 0;
            int number = thread;
            SplittableRandom random = new SplittableRandom(this.seed + thread);
            work.add(() -> addAndTake(number, first, first ? aroundFirst : aroundLast, random, done));
        }
        work.forEach((each) -> others.add(this.threads.submit(each)));

        for (int walk = 0; walk < 30; walk++) {
            List<Long> found = new ArrayList<>();
            this.queue.forEach((element) -> {
                if (element.get(0) == 4) {
                    found.add(element.get(1));
                }
                else {
                    checked(element);
                }
            });
            assertThat(found).hasSize(ELEMENTS);
            for (int number = 0; number < ELEMENTS; number++) {
                assertThat(found.get(number)).isEqualTo(number);
            }
        }
        done.set(true);

        int left = results(others).stream().mapToInt(Integer::intValue).sum();
        assertThat(this.queue.size()).isEqualTo(ELEMENTS + left);
        QueueStructure.check(this.state);
    }

    /**
     * Adds and takes at one end, never more than was added there; returns how many
     * elements it added more than it took.
     */
    private int addAndTake(int thread, boolean first, AtomicInteger around, SplittableRandom random,
            AtomicBoolean done) {
        int added = 0;
        int taken = 0;
        while (!done.get()) {
            int run = random.nextInt(60);
            if (random.nextBoolean() && around.get() < 2000) {
                for (int count = 0; count < run; count++) {
                    List<Long> element = element(thread, added++ % ELEMENTS);
                    if (first) {
                        this.queue.addFirst(element);
                    }
                    else {
                        this.queue.addLast(element);
                    }
                    around.incrementAndGet();
                }
            }
            else {
                for (int count = 0; count < run && around.getAndUpdate((free) -> Math.max(0, free - 1)) > 0; count++) {
                    List<Long> element = first ? this.queue.pollFirst() : this.queue.pollLast();
                    assertThat(element).isNotNull();
                    assertThat(element.get(0)).isLessThan(4);
                    checked(element);
                    taken++;
                }
            }
        }
        return added - taken;
    }

}
