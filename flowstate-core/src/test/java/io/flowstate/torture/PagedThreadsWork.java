package io.flowstate.torture;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;

import io.flowstate.StateManager;
import io.flowstate.StateScope;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.AppendState;
import io.flowstate.state.CounterState;
import io.flowstate.state.QueueState;
import io.flowstate.state.SortedMapState;
import io.flowstate.state.StateCursor;
import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What several threads do to one state made of pages, and what must hold of it: all the
 * while, and exactly at each cut. One object goes with one opening; any thread may call
 * it, a writer with its own number.
 */
interface PagedThreadsWork {

    /** Makes one change, in a unit of work mostly. */
    void change(int writer, SplittableRandom random);

    /** Asks for single entries. */
    void look(SplittableRandom random);

    /** Walks through many. */
    void walk(SplittableRandom random);

    /** Checks what holds at each cut, while nobody changes anything. */
    void check();

    /**
     * Amounts are moved between the even keys of a sorted map, which are always there,
     * while the odd ones come and go.
     */
    final class Accounts implements PagedThreadsWork {

        private static final int ACCOUNTS = 150;

        private static final int KEYS = 2 * ACCOUNTS; // from 0 on

        private static final long AMOUNT = 1000;

        private final StateManager manager;

        private final SortedMapState<Integer, Long> map;

        Accounts(StateManager manager) {
            this.manager = manager;
            this.map = manager.scope("threads").sortedMap("state", Serializers.int32(), new PaddedNumber());
            if (this.map.size() == 0) {
                manager.update(() -> {
                    for (int key = 0; key < KEYS; key += 2) {
                        this.map.put(key, AMOUNT);
                    }
                });
                manager.checkpoint();
            }
        }

        private static int account(SplittableRandom random) {
            return 2 * random.nextInt(ACCOUNTS);
        }

        /** A value of an odd key, of which it tells. */
        private static long mark(int key, SplittableRandom random) {
            return key * 10_000L + random.nextInt(10_000);
        }

        @Override
        public void change(int writer, SplittableRandom random) {
            int key = account(random) + 1;
            switch (random.nextInt(4)) {
                case 0 -> this.map.put(key, mark(key, random));
                case 1 -> this.map.remove(key);
                default -> this.manager.update(() -> {
                    long amount = random.nextInt(200);
                    this.map.merge(account(random), -amount, Long::sum);
                    this.map.compute(account(random), (same, old) -> ((old != null) ? old : 0) + amount);
                });
            }
        }

        @Override
        public void look(SplittableRandom random) {
            int key = account(random);
            assertThat(this.map.get(key)).as("the amount of key %d", key).isNotNull();
            check(key + 1, this.map.get(key + 1));
            Map.Entry<Integer, Long> floor = this.map.floorEntry(key + 1);
            assertThat(floor).isNotNull();
            assertThat(floor.getKey()).isIn(key, key + 1);
            Map.Entry<Integer, Long> higher = this.map.higherEntry(key - 2);
            assertThat(higher).isNotNull();
            assertThat(higher.getKey()).isIn(key - 1, key);
            this.map.getAll(List.of(key, account(random), account(random)),
                    (one, value) -> assertThat(value).as("the amount of key %d", one).isNotNull());
            assertThat(this.map.size()).isBetween((long) ACCOUNTS, (long) KEYS);
        }

        private static void check(int key, @Nullable Long value) {
            if (key % 2 != 0 && value != null) {
                assertThat(value / 10_000).as("which key the value of key %d tells of", key).isEqualTo(key);
            }
        }

        @Override
        public void walk(SplittableRandom random) {
            int from = random.nextInt(KEYS);
            int to = from + random.nextInt(KEYS);
            switch (random.nextInt(3)) {
                case 0 -> walk(this.map.cursor(), 0, KEYS, 1);
                case 1 -> walk(this.map.range(from, to), from, Math.min(KEYS, to), 1);
                default -> walk(this.map.cursorBackwardFrom(from), from, -1, -1);
            }
        }

        /**
         * Each even key from one to another, that one left out, comes once and in order.
         */
        private static void walk(StateCursor<Integer, Long> cursor, int from, int to, int direction) {
            int next = from; // the first that may come
            try (cursor) {
                while (cursor.advance()) {
                    int key = cursor.key();
                    check(key, cursor.value());
                    assertThat((key - next) * direction).as("key %d where %d may come", key, next)
                        .isBetween(0, (next % 2 == 0) ? 0 : 1);
                    next = key + direction;
                }
            }
            assertThat(Math.abs(to - next)).as("the walk from %d to %d ended before %d", from, to, next)
                .isLessThanOrEqualTo((next % 2 == 0) ? 0 : 1);
        }

        @Override
        public void check() {
            long[] sumAndCount = new long[2];
            this.map.forEach((key, value) -> {
                check(key, value);
                sumAndCount[0] += (key % 2 == 0) ? value : 0;
                sumAndCount[1]++;
            });
            assertThat(sumAndCount[0]).as("the sum of all amounts").isEqualTo(ACCOUNTS * AMOUNT);
            assertThat(this.map.size()).isEqualTo(sumAndCount[1]);
            walk(this.map.cursor(), 0, KEYS, 1);
            walk(this.map.cursorBackwardFrom(KEYS), KEYS - 1, -1, -1);
        }

    }

    /**
     * Numbers that each writer counts up go through a queue; how many have gone in and
     * come out is counted in the same units of work.
     */
    final class Line implements PagedThreadsWork {

        private static final int LENGTH = 200; // about

        private final StateManager manager;

        private final QueueState<Long> queue;

        private final CounterState<Integer> added;

        private final CounterState<Integer> taken;

        private final Map<Integer, long[]> lastTaken = new HashMap<>(); // by who took,
                                                                        // each
                                                                        // its own

        Line(StateManager manager, int writers) {
            this.manager = manager;
            StateScope scope = manager.scope("threads");
            this.queue = scope.queue("state", new PaddedNumber());
            this.added = scope.counters("added", Serializers.int32());
            this.taken = scope.counters("taken", Serializers.int32());
            for (int writer = 0; writer < writers; writer++) {
                this.lastTaken.put(writer, start(writers));
            }
        }

        private static long[] start(int writers) {
            long[] numbers = new long[writers];
            Arrays.fill(numbers, -1);
            return numbers;
        }

        private static int writer(long element) {
            return (int) (element >>> 32);
        }

        private static long number(long element) {
            return element & 0xFFFF_FFFFL;
        }

        @Override
        public void change(int writer, SplittableRandom random) {
            this.manager.update(() -> {
                long number = this.added.add(writer, 1) - 1;
                this.queue.addLast((long) writer << 32 | number);
                for (int turn = (this.queue.size() > LENGTH) ? 2 : random.nextInt(2); turn > 0; turn--) {
                    Long element = this.queue.pollFirst();
                    if (element != null) {
                        this.taken.add(writer(element), 1);
                        assertNext(this.lastTaken.get(writer), element);
                    }
                }
            });
        }

        /** After what the same writer has put in before. */
        private static void assertNext(long @Nullable [] last, long element) {
            assertThat(last).isNotNull();
            assertThat(number(element)).as("after number %d of writer %d", last[writer(element)], writer(element))
                .isGreaterThan(last[writer(element)]);
            last[writer(element)] = number(element);
        }

        @Override
        public void look(SplittableRandom random) {
            Long first = this.queue.peekFirst();
            Long last = this.queue.peekLast();
            if (first != null && last != null && writer(first) == writer(last)) {
                assertThat(number(last)).isGreaterThanOrEqualTo(number(first));
            }
        }

        @Override
        public void walk(SplittableRandom random) {
            long[] last = start(this.lastTaken.size());
            this.queue.forEach((element) -> assertNext(last, element));
        }

        @Override
        public void check() {
            long[] next = new long[this.lastTaken.size()];
            Arrays.setAll(next, this.taken::get);
            long[] count = new long[1];
            this.queue.forEach((element) -> {
                assertThat(number(element)).as("the next number of writer %d", writer(element))
                    .isEqualTo(next[writer(element)]++);
                count[0]++;
            });
            assertThat(this.queue.size()).isEqualTo(count[0]);
            for (int writer = 0; writer < next.length; writer++) {
                assertThat(next[writer]).as("what writer %d has put in", writer).isEqualTo(this.added.get(writer));
            }
        }

    }

    /**
     * Tickets are drawn and appended; who comes after one with a later ticket is refused.
     * One of the writers prunes. What was appended and pruned is counted in the same
     * units of work.
     */
    final class Tickets implements PagedThreadsWork {

        private static final int LENGTH = 200; // at least what pruning leaves

        private final StateManager manager;

        private final AppendState<Long, Long> log;

        private final CounterState<String> counts;

        private final AtomicLong tickets = new AtomicLong();

        Tickets(StateManager manager) {
            this.manager = manager;
            this.log = manager.scope("threads").append("state", Serializers.int64(), new PaddedNumber());
            this.counts = manager.scope("threads").counters("counts", Serializers.string());
            Map.Entry<Long, Long> last = this.log.last();
            this.tickets.set((last != null) ? last.getKey() : 0);
        }

        @Override
        public void change(int writer, SplittableRandom random) {
            if (writer == 0 && random.nextInt(20) == 0) {
                this.manager.update(this::prune);
                return;
            }
            this.manager.update(() -> {
                long ticket = this.tickets.incrementAndGet();
                if (append(ticket)) {
                    this.counts.add("appended", 1);
                    this.counts.add("sum", ticket);
                }
            });
        }

        private boolean append(long ticket) {
            try {
                this.log.append(ticket, ticket);
                return true;
            }
            catch (IllegalArgumentException ex) {
                Map.Entry<Long, Long> last = this.log.last();
                assertThat(last).as("why ticket %d was refused: %s", ticket, ex).isNotNull();
                assertThat(last.getKey()).isGreaterThan(ticket);
                return false;
            }
        }

        private void prune() {
            Map.Entry<Long, Long> last = this.log.last();
            if (last == null) {
                return;
            }
            long bound = last.getKey() - LENGTH;
            this.counts.set("bound", Math.max(bound, this.counts.get("bound")));
            try (StateCursor<Long, Long> cursor = this.log.cursor()) {
                while (cursor.advance() && cursor.key() < bound) {
                    this.counts.add("pruned", 1);
                    this.counts.add("sum", -cursor.key());
                }
            }
            this.log.pruneBefore(bound);
        }

        @Override
        public void look(SplittableRandom random) {
            Map.Entry<Long, Long> before = this.log.last();
            Map.Entry<Long, Long> after = this.log.last();
            if (before != null) {
                assertThat(after).isNotNull();
                assertThat(before.getValue()).isEqualTo(before.getKey());
                assertThat(after.getKey()).isGreaterThanOrEqualTo(before.getKey());
            }
        }

        @Override
        public void walk(SplittableRandom random) {
            Map.Entry<Long, Long> known = this.log.last();
            long from = (known != null) ? known.getKey() - random.nextInt(2 * LENGTH) : 0;
            TreeSet<Long> met = new TreeSet<>();
            try (StateCursor<Long, Long> cursor = this.log.cursorFrom(from)) {
                while (cursor.advance()) {
                    assertThat(cursor.value()).isEqualTo(cursor.key());
                    assertThat(cursor.key()).isGreaterThan(met.isEmpty() ? from - 1 : met.last());
                    met.add(cursor.key());
                }
            }
            if (known != null && this.counts.get("bound") <= known.getKey()) {
                assertThat(met).contains(known.getKey());
            }
        }

        @Override
        public void check() {
            long[] sumAndCount = new long[2];
            long bound = this.counts.get("bound");
            try (StateCursor<Long, Long> cursor = this.log.cursor()) {
                while (cursor.advance()) {
                    assertThat(cursor.value()).isEqualTo(cursor.key());
                    assertThat(cursor.key()).isGreaterThanOrEqualTo(bound);
                    sumAndCount[0] += cursor.key();
                    sumAndCount[1]++;
                }
            }
            assertThat(sumAndCount[0]).as("the sum of all tickets there").isEqualTo(this.counts.get("sum"));
            assertThat(sumAndCount[1]).as("how many there are")
                .isEqualTo(this.counts.get("appended") - this.counts.get("pruned"))
                .isEqualTo(this.log.size());
        }

    }

}
