package io.flowstate.internal.queue;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

import io.flowstate.internal.page.HeapPagedState;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.QueueState;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random operations at both ends of a queue, against an {@link ArrayDeque}. Another
 * number of runs with {@code -Dflowstate.torture.queueSeeds=1000}, the same once more
 * with {@code -Dflowstate.torture.seed}.
 */
@Timeout(value = 60, unit = TimeUnit.MINUTES)
class PagedQueueModelTest {

    private static final int SEEDS = Integer.getInteger("flowstate.torture.queueSeeds", 50);

    private static final int PHASES = 12; // of a run

    private static final int OPERATIONS = 300; // of a phase

    private static final int[] PAGE_SIZES = { 512, 600, 4 << 10, 32 << 10 };

    @Test
    void aQueueDoesWhatADequeDoes() {
        Long given = Long.getLong("flowstate.torture.seed");
        long seed = (given != null) ? given : new SplittableRandom().nextLong();
        System.out.println("[torture] queue: seed " + seed + " (-Dflowstate.torture.seed=" + seed + ")");
        SplittableRandom random = new SplittableRandom(seed);
        for (int number = 0; number < SEEDS; number++) {
            try {
                new Run(PAGE_SIZES[number % PAGE_SIZES.length], random.split()).work();
            }
            catch (Throwable ex) {
                throw new AssertionError("run " + number + " of seed " + seed, ex);
            }
        }
    }

    /** How long elements are, compared with a page. */
    private enum Lengths {

        SHORT, MEDIUM, AROUND_THE_LIMIT, LONG, MIXED;

        int next(int pageSize, SplittableRandom random) {
            return switch (this) {
                case SHORT -> random.nextInt(20);
                case MEDIUM -> random.nextInt(pageSize / 6);
                case AROUND_THE_LIMIT -> pageSize / 4 - 30 + random.nextInt(40);
                case LONG -> random.nextInt(pageSize + 4000);
                case MIXED -> (random.nextInt(8) == 0) ? LONG.next(pageSize, random) : MEDIUM.next(pageSize, random);
            };
        }

    }

    /** One queue and its model. */
    private static final class Run {

        private final int pageSize;

        private final SplittableRandom random;

        private final HeapPagedState state;

        private final Deque<ByteBuffer> model = new ArrayDeque<>();

        private QueueState<byte[]> queue;

        private Lengths lengths = Lengths.SHORT;

        private int added;

        Run(int pageSize, SplittableRandom random) {
            this.pageSize = pageSize;
            this.random = random;
            this.state = new HeapPagedState(pageSize, random.split());
            this.queue = open();
        }

        private QueueState<byte[]> open() {
            long firstNumber = this.random.nextBoolean() ? Long.MAX_VALUE - 20 : this.random.nextLong();
            return new PagedQueue<>(this.state, Serializers.bytes(), () -> firstNumber);
        }

        void work() {
            for (int phase = 0; phase < PHASES; phase++) {
                phase();
                compare();
                this.queue = open();
            }
            boolean fromFirst = this.random.nextBoolean();
            while (!this.model.isEmpty()) {
                poll(fromFirst);
            }
            poll(fromFirst);
            QueueStructure.check(this.state);
            this.queue.addLast(new byte[1]); // a queue just cleared has no page
            this.queue.pollFirst();
            assertThat(this.state.pages()).hasSize(1);
        }

        private void phase() {
            this.lengths = List.of(Lengths.values()).get(this.random.nextInt(Lengths.values().length));
            int adding = 2 + this.random.nextInt(7); // of ten
            int first = this.random.nextInt(11); // of ten adds at the first end
            int pollFirst = this.random.nextInt(11);
            int operations = this.random.nextInt(OPERATIONS);
            for (int operation = 0; operation < operations; operation++) {
                if (this.random.nextInt(10) < adding) {
                    add(this.random.nextInt(10) < first);
                }
                else {
                    poll(this.random.nextInt(10) < pollFirst);
                }
                look(this.random.nextInt(60));
            }
        }

        private void add(boolean first) {
            byte[] element = new byte[Integer.BYTES + this.lengths.next(this.pageSize, this.random)];
            this.random.nextBytes(element);
            ByteBuffer.wrap(element).putInt(0, this.added++); // no two are alike
            if (first) {
                this.queue.addFirst(element);
                this.model.addFirst(ByteBuffer.wrap(element));
            }
            else {
                this.queue.addLast(element);
                this.model.addLast(ByteBuffer.wrap(element));
            }
        }

        private void poll(boolean first) {
            if (first) {
                assertThat(plain(this.queue.pollFirst())).isEqualTo(this.model.pollFirst());
            }
            else {
                assertThat(plain(this.queue.pollLast())).isEqualTo(this.model.pollLast());
            }
        }

        private void look(int dice) {
            switch (dice) {
                case 0, 1 -> assertThat(plain(this.queue.peekFirst())).isEqualTo(this.model.peekFirst());
                case 2, 3 -> assertThat(plain(this.queue.peekLast())).isEqualTo(this.model.peekLast());
                case 4 -> QueueStructure.check(this.state);
                case 5 -> changeWhileWalking();
                case 6 -> {
                    if (this.random.nextInt(10) == 0) {
                        this.queue.clear();
                        this.model.clear();
                        compare();
                    }
                }
                default -> assertThat(this.queue.size()).isEqualTo(this.model.size());
            }
        }

        /** What is there throughout comes, in order, and exactly once. */
        private void changeWhileWalking() {
            List<ByteBuffer> before = List.copyOf(this.model);
            List<ByteBuffer> found = new ArrayList<>();
            int[] taken = new int[2];
            int[] left = { 400 }; // changes, so that the queue does not outgrow the walk
            this.queue.forEach((element) -> {
                found.add(ByteBuffer.wrap(element));
                int turns = (this.random.nextInt(30) == 0) ? this.random.nextInt(200) : this.random.nextInt(4);
                int adding = this.random.nextInt(11);
                for (int turn = 0; turn < turns && left[0]-- > 0; turn++) {
                    boolean first = this.random.nextInt(4) > 0;
                    if (this.random.nextInt(10) < adding) {
                        add(first);
                    }
                    else {
                        poll(first);
                        taken[first ? 0 : 1]++;
                    }
                }
            });
            int from = Math.min(taken[0], before.size());
            List<ByteBuffer> throughout = before.subList(from, Math.max(from, before.size() - taken[1]));
            assertThat(found).doesNotHaveDuplicates();
            found.retainAll(new HashSet<>(throughout));
            assertThat(found).isEqualTo(throughout);
        }

        private void compare() {
            QueueStructure.check(this.state);
            List<ByteBuffer> found = new ArrayList<>();
            this.queue.forEach((element) -> found.add(ByteBuffer.wrap(element)));
            assertThat(found).isEqualTo(List.copyOf(this.model));
            assertThat(this.queue.size()).isEqualTo(this.model.size());
            assertThat(this.queue.isEmpty()).isEqualTo(this.model.isEmpty());
        }

        private static @Nullable ByteBuffer plain(byte @Nullable [] element) {
            return (element != null) ? ByteBuffer.wrap(element) : null;
        }

    }

}
