package io.flowstate.internal.queue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import io.flowstate.internal.page.HeapPagedState;
import io.flowstate.internal.queue.QueueCall.Kind;
import io.flowstate.serialization.Serializer;
import io.flowstate.serialization.SerializerInput;
import io.flowstate.serialization.SerializerOutput;
import io.flowstate.state.QueueState;
import io.flowstate.testing.Linearizability;
import io.flowstate.testing.Linearizability.Call;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Calls of several threads on one queue could have happened one after the other. More
 * rounds with {@code -Dflowstate.torture.queueRounds=20000}.
 */
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class QueueLinearizabilityTest {

    private static final int THREADS = 4;

    private static final int CALLS = 25; // of each thread in a round

    private static final int ROUNDS = Integer.getInteger("flowstate.torture.queueRounds", 400);

    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);

    @AfterEach
    void stopThreads() {
        this.threads.shutdownNow();
    }

    /** A number with bytes behind it, so that few elements fill a page. */
    private static final class Padded implements Serializer<Long> {

        @Override
        public String name() {
            return "padded";
        }

        @Override
        public void write(Long value, SerializerOutput output) {
            output.writeLong(value);
            output.writeBytes(new byte[padding(value)]);
        }

        @Override
        public Long read(SerializerInput input) {
            long value = input.readLong();
            assertThat(input.readRemaining()).isEqualTo(new byte[padding(value)]);
            return value;
        }

        private static int padding(long value) {
            return (int) (value * 37 % 300);
        }

    }

    /** Makes calls on a queue, and notes them. */
    private record Caller(int thread, QueueState<Long> queue, SplittableRandom random, AtomicLong clock,
            CyclicBarrier start) implements Callable<List<Call<QueueCall>>> {

        @Override
        public List<Call<QueueCall>> call() throws Exception {
            List<Call<QueueCall>> calls = new ArrayList<>();
            this.start.await();
            for (int number = 0; number < CALLS; number++) {
                QueueCall call = new QueueCall(kind(this.random.nextInt(40)), (long) number * THREADS + this.thread);
                long begin = this.clock.incrementAndGet();
                Object result = call.make(this.queue);
                calls.add(new Call<>(call, result, begin, this.clock.incrementAndGet()));
            }
            return calls;
        }

        private static Kind kind(int dice) {
            return (dice == 0) ? Kind.CLEAR
                    : (dice < 3) ? Kind.SIZE : (dice < 5) ? Kind.IS_EMPTY
                            : (dice < 8) ? Kind.PEEK_FIRST : (dice < 11) ? Kind.PEEK_LAST : (dice < 18) ? Kind.ADD_FIRST
                                    : (dice < 25) ? Kind.ADD_LAST : (dice < 33) ? Kind.POLL_FIRST : Kind.POLL_LAST;
        }

    }

    @Test
    void callsAreLinearizable() throws Exception {
        Long given = Long.getLong("flowstate.torture.seed");
        long seed = (given != null) ? given : new SplittableRandom().nextLong();
        System.out.println("[torture] queue linearizability: seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < ROUNDS; round++) {
            QueueState<Long> queue = new PagedQueue<>(new HeapPagedState(512, random.split()), new Padded());
            AtomicLong clock = new AtomicLong();
            CyclicBarrier start = new CyclicBarrier(THREADS);
            List<Future<List<Call<QueueCall>>>> callers = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                callers.add(this.threads.submit(new Caller(thread, queue, random.split(), clock, start)));
            }
            List<List<Call<QueueCall>>> calls = new ArrayList<>();
            for (Future<List<Call<QueueCall>>> caller : callers) {
                calls.add(caller.get());
            }
            assertThat(Linearizability.problem(QueueCall::apply, calls, List.of()))
                .as("round %d with seed %d", round, seed)
                .isNull();
        }
    }

    @Test
    void theCheckerTellsWhatCannotHaveHappened() {
        List<Call<QueueCall>> adds = List.of(call(Kind.ADD_LAST, 1, null, 1, 2), call(Kind.ADD_LAST, 2, null, 3, 4));

        assertThat(problem(adds, List.of(call(Kind.POLL_FIRST, 0, 1L, 5, 6), call(Kind.POLL_FIRST, 0, 2L, 7, 8))))
            .isNull();
        assertThat(problem(adds, List.of(call(Kind.POLL_FIRST, 0, 2L, 5, 6)))).as("the wrong end").isNotNull();
        assertThat(problem(adds, List.of(call(Kind.POLL_LAST, 0, 1L, 1, 6), call(Kind.SIZE, 0, 1L, 7, 8))))
            .as("between the two")
            .isNull();
        assertThat(problem(adds, List.of(call(Kind.POLL_LAST, 0, 2L, 5, 6), call(Kind.PEEK_LAST, 0, 2L, 7, 8))))
            .as("taken and still there")
            .isNotNull();
        assertThat(problem(adds, List.of(call(Kind.POLL_FIRST, 0, null, 3, 6)))).as("lost").isNotNull();
    }

    private static @Nullable String problem(List<Call<QueueCall>> first, List<Call<QueueCall>> second) {
        return Linearizability.problem(QueueCall::apply, List.of(first, second), List.of());
    }

    private static Call<QueueCall> call(Kind kind, long argument, @Nullable Object result, long begin, long end) {
        return new Call<>(new QueueCall(kind, argument), result, begin, end);
    }

}
