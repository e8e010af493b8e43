package io.flowstate.internal.kv;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import io.flowstate.internal.kv.PointCall.Kind;
import io.flowstate.serialization.Serializer;
import io.flowstate.serialization.SerializerInput;
import io.flowstate.serialization.SerializerOutput;
import io.flowstate.testing.Linearizability;
import io.flowstate.testing.Linearizability.Call;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Point operations of several threads on the same keys could have happened one after the
 * other: with nothing else going on, with checkpoints and cleaning, with eviction, with a
 * growing index, with keys that share a bucket or a chain, with records that end log
 * pages. Lincheck would do this too, but brings twenty libraries and builds a store for
 * each handful of calls; here a store sees thousands. More rounds with
 * {@code -Dflowstate.torture.linearizabilityRounds=500}.
 */
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class LinearizabilityTest {

    private static final int THREADS = 4;

    private static final int KEYS = 3;

    private static final int CALLS = 1500; // of each thread in a round

    private static final int ROUNDS = Integer.getInteger("flowstate.torture.linearizabilityRounds", 12);

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stopThreads() {
        this.threads.shutdownNow();
    }

    /** What goes on beside, and how keys and values lie. */
    enum Scenario {

        PLAIN(1 << 20, 40, false, 0, -1),

        CHECKPOINTS(64 << 10, 40, true, 0, -1),

        EVICTION(4 << 10, 120, true, 60, -1),

        GROWTH(64 << 10, 8, false, 30_000, -1),

        GROWTH_AND_CHECKPOINTS(16 << 10, 8, true, 30_000, -1),

        ONE_BUCKET(16 << 10, 60, true, 0, 0xFFL << 32),

        ONE_CHAIN(4 << 10, 60, true, 0, 0),

        PAGE_ENDS(4 << 10, 1300, true, 0, -1);

        private final int pageBytes;

        private final int largestPadding;

        private final boolean checkpoints;

        private final int otherKeys;

        private final long hashMask;

        Scenario(int pageBytes, int largestPadding, boolean checkpoints, int otherKeys, long hashMask) {
            this.pageBytes = pageBytes;
            this.largestPadding = largestPadding;
            this.checkpoints = checkpoints;
            this.otherKeys = otherKeys;
            this.hashMask = hashMask;
        }

    }

    /** A long, then bytes whose number and content follow from it. */
    private record Padded(int largestPadding) implements Serializer<Long> {

        @Override
        public String name() {
            return "padded";
        }

        @Override
        public void write(Long value, SerializerOutput output) {
            output.writeLong(Long.reverseBytes(value)); // as counters have it
            int padding = padding(value);
            for (int i = 0; i < padding; i++) {
                output.writeByte((int) (value + i));
            }
        }

        private int padding(long value) {
            return (int) Math.floorMod((value * 0x9E3779B97F4A7C15L) >>> 20, this.largestPadding + 1L);
        }

        @Override
        public Long read(SerializerInput input) {
            long value = Long.reverseBytes(input.readLong());
            byte[] padding = input.readRemaining();
            assertThat(padding).as("the bytes after %d", value).hasSize(padding(value));
            for (int i = 0; i < padding.length; i++) {
                assertThat(padding[i]).isEqualTo((byte) (value + i));
            }
            return value;
        }

    }

    /** Makes calls on keys of one store, and notes them. */
    private static final class Caller implements Callable<List<List<Call<PointCall>>>> {

        private final RecordStore store;

        private final Serializer<Long> values;

        private final boolean counts;

        private final SplittableRandom random;

        private final AtomicLong clock;

        private final CyclicBarrier start;

        private final Operation operation = new Operation();

        Caller(RecordStore store, Serializer<Long> values, boolean counts, SplittableRandom random, AtomicLong clock,
                CyclicBarrier start) {
            this.store = store;
            this.values = values;
            this.counts = counts;
            this.random = random;
            this.clock = clock;
            this.start = start;
        }

        @Override
        public List<List<Call<PointCall>>> call() throws Exception {
            List<List<Call<PointCall>>> calls = new ArrayList<>();
            for (int key = 0; key < KEYS; key++) {
                calls.add(new ArrayList<>());
            }
            this.start.await();
            for (int number = 0; number < CALLS; number++) {
                int key = this.random.nextInt(KEYS);
                Kind kind = kind(this.random.nextInt(20));
                long argument = this.random.nextLong(1_000_000);
                long begin = this.clock.incrementAndGet();
                Object result = make(kind, key, argument);
                calls.get(key)
                    .add(new Call<>(new PointCall(kind, argument), result, begin, this.clock.incrementAndGet()));
            }
            return calls;
        }

        private Kind kind(int dice) {
            return (dice < 5) ? Kind.GET : (dice < 7) ? Kind.CONTAINS : (dice < 11) ? Kind.PUT
                    : (dice < 13) ? Kind.REMOVE : this.counts ? Kind.ADD : (dice < 17) ? Kind.MERGE : Kind.COMPUTE;
        }

        private @Nullable Object make(Kind kind, int key, long argument) {
            setKey(this.operation, key);
            return switch (kind) {
                case GET -> this.store.read(this.operation) ? this.values.read(this.operation.value()) : null;
                case CONTAINS -> this.store.read(this.operation);
                case PUT -> {
                    this.operation.newValue().clear();
                    this.values.write(argument, this.operation.newValue());
                    this.store.put(this.operation);
                    yield null;
                }
                case REMOVE -> {
                    this.store.remove(this.operation);
                    yield null;
                }
                case ADD -> this.store.add(this.operation, argument);
                case MERGE -> this.store.update(this.operation, this.values,
                        (old) -> (old != null) ? PointCall.merged(old, argument) : (Long) argument);
                case COMPUTE ->
                    this.store.update(this.operation, this.values, (old) -> PointCall.computed(old, argument));
            };
        }

    }

    private static void setKey(Operation operation, int key) {
        operation.key().clear();
        operation.key().writeInt(key);
    }

    @ParameterizedTest
    @EnumSource
    void pointOperationsAreLinearizable(Scenario scenario) throws Exception {
        Long given = Long.getLong("flowstate.torture.seed");
        long seed = (given != null) ? given : new SplittableRandom().nextLong();
        System.out.println("[torture] linearizability " + scenario + ": seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < ROUNDS; round++) {
            String problem = round(scenario, round % 2 == 1, random.split());
            assertThat(problem).as("round %d of %s with seed %d", round, scenario, seed).isNull();
        }
    }

    private @Nullable String round(Scenario scenario, boolean counts, SplittableRandom random) throws Exception {
        FoldedHash good = new FoldedHash(random.nextLong());
        KeyHash hash = (key, length) -> good.of(key, length) & scenario.hashMask;
        Serializer<Long> values = new Padded(counts ? 0 : scenario.largestPadding);
        try (EngineFixture fixture = EngineFixture.empty(hash, scenario.pageBytes)) {
            RecordStore store = fixture.store(1);
            AtomicBoolean done = new AtomicBoolean();
            List<Future<?>> beside = new ArrayList<>();
            if (scenario.checkpoints) {
                beside.add(this.threads.submit(() -> checkpoint(fixture, store, done)));
            }
            if (scenario.otherKeys > 0) {
                SplittableRandom own = random.split();
                beside.add(this.threads.submit(() -> fill(store, scenario.otherKeys, own, done)));
            }
            AtomicLong clock = new AtomicLong();
            CyclicBarrier start = new CyclicBarrier(THREADS);
            List<Future<List<List<Call<PointCall>>>>> callers = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                callers.add(this.threads.submit(new Caller(store, values, counts, random.split(), clock, start)));
            }
            List<List<List<Call<PointCall>>>> calls = new ArrayList<>();
            for (Future<List<List<Call<PointCall>>>> caller : callers) {
                calls.add(caller.get());
            }
            done.set(true);
            for (Future<?> other : beside) {
                other.get();
            }
            return problem(calls);
        }
    }

    /** Each key by itself: histories are linearizable if those of each key are. */
    private static @Nullable String problem(List<List<List<Call<PointCall>>>> calls) {
        for (int key = 0; key < KEYS; key++) {
            List<List<Call<PointCall>>> ofKey = new ArrayList<>();
            for (List<List<Call<PointCall>>> thread : calls) {
                ofKey.add(thread.get(key));
            }
            String problem = Linearizability.<@Nullable Long, PointCall>problem(PointCall::apply, ofKey, null);
            if (problem != null) {
                return "key " + key + ": " + problem;
            }
        }
        return null;
    }

    private static void checkpoint(EngineFixture fixture, RecordStore store, AtomicBoolean done) {
        while (!done.get()) {
            fixture.cutAndFlush();
            fixture.clean((id) -> store);
        }
    }

    /** Brings other keys in, again and again if there are few. */
    private static void fill(RecordStore store, int keys, SplittableRandom random, AtomicBoolean done) {
        Operation operation = new Operation();
        for (int number = 0; !done.get() && number < 30_000; number++) {
            setKey(operation, 1000 + number % keys);
            operation.newValue().clear();
            operation.newValue().writeBytes(new byte[random.nextInt((keys < 1000) ? 300 : 10)]);
            store.put(operation);
        }
    }

    @Test
    void theCheckerTellsWhatCannotHaveHappened() {
        Call<PointCall> put = call(Kind.PUT, 5, null, 1, 2);
        assertThat(problemOf(List.of(put), List.of(call(Kind.GET, 0, 5L, 3, 4)))).isNull();
        assertThat(problemOf(List.of(put), List.of(call(Kind.GET, 0, null, 3, 4)))).as("a stale read").isNotNull();
        assertThat(problemOf(List.of(call(Kind.PUT, 5, null, 1, 4)), List.of(call(Kind.GET, 0, null, 2, 3))))
            .as("while it is put")
            .isNull();
        assertThat(problemOf(List.of(call(Kind.ADD, 1, 1L, 1, 4)), List.of(call(Kind.ADD, 1, 1L, 2, 3))))
            .as("a lost addition")
            .isNotNull();
        assertThat(problemOf(List.of(call(Kind.PUT, 5, null, 1, 10)),
                List.of(call(Kind.GET, 0, 5L, 2, 3), call(Kind.GET, 0, null, 4, 5))))
            .as("a value that comes and goes")
            .isNotNull();
        assertThat(problemOf(List.of(call(Kind.MERGE, 5, 5L, 1, 10)),
                List.of(call(Kind.REMOVE, 0, null, 2, 3), call(Kind.CONTAINS, 0, true, 4, 5))))
            .as("removed before")
            .isNull();
    }

    private static @Nullable String problemOf(List<Call<PointCall>> first, List<Call<PointCall>> second) {
        return Linearizability.<@Nullable Long, PointCall>problem(PointCall::apply, List.of(first, second), null);
    }

    private static Call<PointCall> call(Kind kind, long argument, @Nullable Object result, long begin, long end) {
        return new Call<>(new PointCall(kind, argument), result, begin, end);
    }

}
