package io.flowstate.internal.queue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.flowstate.internal.page.HeapPagedState;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.QueueState;
import io.flowstate.storage.CorruptStateException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * One page of a queue is damaged although its checksum is right: each call gives what it
 * would have given, or {@link CorruptStateException}; but for the bytes within elements,
 * which a queue cannot know. More damages with
 * {@code -Dflowstate.torture.queueDamages=20000}.
 */
class PagedQueueDamageTest {

    private static final int DAMAGES = Integer.getInteger("flowstate.torture.queueDamages", 600);

    private static final int PAGE_SIZE = 512;

    private int corrupt;

    private int harmless;

    @Test
    void damageGivesErrorsOrRightAnswers() {
        Long given = Long.getLong("flowstate.torture.seed");
        long seed = (given != null) ? given : new SplittableRandom().nextLong();
        System.out.println("[torture] queue damage: seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int number = 0; number < DAMAGES; number++) {
            try {
                damageOnce(random.split());
            }
            catch (Throwable ex) {
                throw new AssertionError("damage " + number + " of seed " + seed, ex);
            }
        }
        System.out.println("[torture] queue damage: " + this.corrupt + " found, " + this.harmless + " not met");
        assertThat(this.corrupt).isGreaterThan(DAMAGES / 3);
    }

    private void damageOnce(SplittableRandom random) {
        HeapPagedState state = new HeapPagedState(PAGE_SIZE, random.split());
        QueueState<byte[]> queue = new PagedQueue<>(state, Serializers.bytes());
        Deque<byte[]> model = fill(queue, random);
        List<Integer> pages = new ArrayList<>(state.pages());
        int page = pages.get(random.nextInt(pages.size()));
        BitSet payload = payload(state, page);
        boolean ofElement = damage(state.damage(page), payload, random);
        Checks checks = new Checks(queue, model, ofElement);

        checks.look();
        boolean first = random.nextBoolean();
        for (int turn = random.nextInt(2 * model.size()); turn > 0; turn--) {
            if (random.nextInt(4) == 0) {
                checks.add(first, new byte[random.nextInt(PAGE_SIZE)]);
            }
            else {
                checks.poll(first == (random.nextInt(4) > 0));
            }
        }
        checks.look();
        checks.poll(!first);

        this.corrupt += (checks.corrupt > 0) ? 1 : 0;
        this.harmless += (checks.corrupt > 0) ? 0 : 1;
    }

    private static Deque<byte[]> fill(QueueState<byte[]> queue, SplittableRandom random) {
        Deque<byte[]> model = new ArrayDeque<>();
        int longest = random.nextBoolean() ? 20 : 3 * PAGE_SIZE;
        boolean alike = random.nextBoolean(); // records of one length and content
        for (int count = 1 + random.nextInt(60); count > 0; count--) {
            byte[] element = new byte[alike ? Math.min(longest / 4, 100) : random.nextInt(longest)];
            if (!alike) {
                random.nextBytes(element);
            }
            else {
                element[element.length - 1] = (byte) count;
            }
            if (random.nextBoolean()) {
                queue.addFirst(element);
                model.addFirst(element);
            }
            else {
                queue.addLast(element);
                model.addLast(element);
            }
        }
        return model;
    }

    /** The bytes of a page that are those of elements, or of nothing. */
    private static BitSet payload(HeapPagedState state, int id) {
        return state.read((view) -> {
            BitSet payload = new BitSet();
            int length = view.page(id).length;
            if (view.page(id)[0] == 5) {
                payload.set(20, length);
                return payload;
            }
            payload.set(QueuePage.HEADER_LENGTH, length);
            QueuePage page = QueuePage.read(state, view, id);
            for (long number = page.number(); page.contains(number); number++) {
                int record = page.recordAt(number);
                int end = page.contains(number + 1) ? page.recordAfter(record) : page.end();
                payload.clear(record, record + 4);
                payload.clear(end - 4, end);
                if (page.isReference(record)) {
                    payload.clear(record, end);
                }
            }
            return payload;
        });
    }

    /** Changes up to four bytes beside each other, of elements or of all else. */
    private static boolean damage(byte[] bytes, BitSet payload, SplittableRandom random) {
        boolean ofElement = random.nextInt(8) == 0 && !payload.isEmpty();
        int at;
        do {
            at = random.nextInt(random.nextBoolean() ? bytes.length : Math.min(bytes.length, QueuePage.HEADER_LENGTH));
        }
        while (payload.get(at) != ofElement && random.nextInt(2000) > 0);
        int length = 1 + random.nextInt(4);
        byte[] before = bytes.clone();
        for (int i = at; i < Math.min(at + length, bytes.length) && payload.get(i) == payload.get(at); i++) {
            bytes[i] = (byte) switch (random.nextInt(4)) {
                case 0 -> 0;
                case 1 -> -1;
                case 2 -> bytes[i] ^ (1 << random.nextInt(8));
                default -> random.nextInt();
            };
        }
        if (Arrays.equals(before, bytes)) {
            bytes[at] ^= 1;
        }
        return payload.get(at);
    }

    /** Makes calls and compares them with a model that errors do not change. */
    private static final class Checks {

        private final QueueState<byte[]> queue;

        private final Deque<byte[]> model;

        private final boolean anyContent;

        private int corrupt;

        Checks(QueueState<byte[]> queue, Deque<byte[]> model, boolean anyContent) {
            this.queue = queue;
            this.model = model;
            this.anyContent = anyContent;
        }

        void look() {
            tryOut(this.queue::peekFirst, (found) -> compare(found, this.model.peekFirst()));
            tryOut(this.queue::peekLast, (found) -> compare(found, this.model.peekLast()));
            List<byte[]> found = new ArrayList<>();
            boolean complete = tryOut(() -> {
                this.queue.forEach(found::add);
                return null;
            }, (nothing) -> {
            });
            List<byte[]> right = List.copyOf(this.model);
            assertThat(found.size()).isBetween(complete ? right.size() : 0, right.size());
            for (int i = 0; i < found.size(); i++) {
                compare(found.get(i), right.get(i));
            }
            assertThat(this.queue.size()).isEqualTo(right.size());
        }

        void poll(boolean first) {
            tryOut(first ? this.queue::pollFirst : this.queue::pollLast,
                    (found) -> compare(found, first ? this.model.pollFirst() : this.model.pollLast()));
        }

        void add(boolean first, byte[] element) {
            tryOut(() -> {
                if (first) {
                    this.queue.addFirst(element);
                }
                else {
                    this.queue.addLast(element);
                }
                return null;
            }, (nothing) -> {
                if (first) {
                    this.model.addFirst(element);
                }
                else {
                    this.model.addLast(element);
                }
            });
        }

        private boolean tryOut(Supplier<byte @Nullable []> call, Consumer<byte @Nullable []> then) {
            byte[] found;
            try {
                found = call.get();
            }
            catch (CorruptStateException ex) {
                this.corrupt++;
                return false;
            }
            then.accept(found);
            return true;
        }

        private void compare(byte @Nullable [] found, byte @Nullable [] right) {
            if (this.anyContent && found != null && right != null) {
                assertThat(found).hasSameSizeAs(right);
            }
            else {
                assertThat(found).isEqualTo(right);
            }
        }

    }

    @Test
    void damageOfTheNumbersOfTheStateIsFound() {
        for (int field : new int[] { QueueChain.FIRST_PAGE, QueueChain.LAST_PAGE, QueueChain.SIZE,
                QueueChain.NUMBER }) {
            for (long value : new long[] { 0, -1, 3, Long.MAX_VALUE, 1L << 32 }) {
                HeapPagedState state = new HeapPagedState(PAGE_SIZE, new SplittableRandom(1));
                QueueState<byte[]> queue = new PagedQueue<>(state, Serializers.bytes(), () -> 7);
                for (int count = 0; count < 40; count++) {
                    queue.addLast(new byte[count]);
                }
                state.damage(1);
                boolean other = state.<Boolean>change((editor) -> {
                    boolean differs = editor.field(field) != value;
                    editor.field(field, value);
                    return differs;
                });
                boolean isEmpty = value == 0 && field == QueueChain.SIZE;
                if (other && !isEmpty) {
                    assertThatExceptionOfType(CorruptStateException.class).as("field %d is %d", field, value)
                        .isThrownBy(() -> {
                            queue.peekFirst();
                            queue.peekLast();
                        });
                }
            }
        }
    }

}
