package io.flowstate.internal.queue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;

import io.flowstate.internal.page.HeapPagedState;
import io.flowstate.serialization.Serializer;
import io.flowstate.serialization.SerializerInput;
import io.flowstate.serialization.SerializerOutput;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.QueueState;
import io.flowstate.storage.StateException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

class PagedQueueTest {

    private final HeapPagedState state = new HeapPagedState(4096, new SplittableRandom(1));

    private final QueueState<String> queue = new PagedQueue<>(this.state, Serializers.string());

    private static List<String> elements(QueueState<String> queue) {
        List<String> elements = new ArrayList<>();
        queue.forEach(elements::add);
        return elements;
    }

    @Test
    void bothEndsGrowAndShrink() {
        this.queue.addLast("b");
        this.queue.addLast("c");
        this.queue.addFirst("a");
        this.queue.addLast("d");

        assertThat(elements(this.queue)).containsExactly("a", "b", "c", "d");
        assertThat(this.queue.size()).isEqualTo(4);
        assertThat(this.queue.peekFirst()).isEqualTo("a");
        assertThat(this.queue.peekLast()).isEqualTo("d");
        assertThat(this.queue.pollLast()).isEqualTo("d");
        assertThat(this.queue.pollFirst()).isEqualTo("a");
        assertThat(this.queue.pollFirst()).isEqualTo("b");
        assertThat(this.queue.pollLast()).isEqualTo("c");
        assertThat(this.queue.isEmpty()).isTrue();
    }

    @Test
    void anEmptyQueueGivesNull() {
        assertThat(this.queue.pollFirst()).isNull();
        assertThat(this.queue.pollLast()).isNull();
        assertThat(this.queue.peekFirst()).isNull();
        assertThat(this.queue.peekLast()).isNull();
        assertThat(this.queue.size()).isZero();
        assertThat(elements(this.queue)).isEmpty();
        assertThat(this.state.pages()).isEmpty();
    }

    @Test
    void anElementMayBeEmpty() {
        this.queue.addLast("");
        this.queue.addFirst("");

        assertThat(elements(this.queue)).containsExactly("", "");
        assertThat(this.queue.pollLast()).isEmpty();
        assertThat(this.queue.pollFirst()).isEmpty();
        assertThat(this.queue.pollFirst()).isNull();
    }

    @Test
    void clearLeavesNothing() {
        for (int number = 0; number < 1000; number++) {
            this.queue.addLast("element " + number);
        }

        this.queue.clear();

        assertThat(this.queue.size()).isZero();
        assertThat(this.queue.pollLast()).isNull();
        assertThat(this.state.pages()).isEmpty();
        this.queue.addFirst("new");
        assertThat(elements(this.queue)).containsExactly("new");
    }

    @Test
    void aWalkEndsWithWhatWasLastAtItsBeginning() {
        this.queue.addLast("a");
        this.queue.addLast("b");
        List<String> found = new ArrayList<>();

        this.queue.forEach((element) -> {
            found.add(element);
            this.queue.addLast("added");
        });

        assertThat(found).containsExactly("a", "b");
    }

    @Test
    void aWalkEndsWhenTheQueueIsCleared() {
        for (int number = 0; number < 2000; number++) {
            this.queue.addLast("before " + number);
        }
        List<String> found = new ArrayList<>();

        this.queue.forEach((element) -> {
            found.add(element);
            if (found.size() == 1000) {
                this.queue.clear();
                for (int number = 0; number < 3000; number++) {
                    this.queue.addLast("after");
                }
            }
        });

        assertThat(found).hasSizeBetween(1000, 1999).doesNotContain("after").doesNotHaveDuplicates();
    }

    @Test
    void aQueueThatIsShortForEverStaysOnItsPage() {
        for (int number = 0; number < 100_000; number++) {
            this.queue.addLast("element " + number);
            if (number >= 50) {
                assertThat(this.queue.pollFirst()).isEqualTo("element " + (number - 50));
            }
        }

        assertThat(this.state.pages()).containsExactly(1);
    }

    @Test
    void aQueueThatIsEmptiedEachTimeStaysOnItsPage() {
        for (int number = 0; number < 1000; number++) {
            this.queue.addFirst("some element");
            assertThat(this.queue.pollLast()).isEqualTo("some element");
        }

        assertThat(this.state.pages()).containsExactly(1);
        assertThat(this.state.<Integer>read((view) -> view.page(1).length)).isEqualTo(QueueChain.MIN_PAGE_SIZE);
    }

    @Test
    void aStackThatGoesUpAndDownAcrossTheEndOfAPageTakesNoNewPages() {
        for (boolean first : new boolean[] { true, false }) {
            this.queue.clear();
            while (this.state.pages().size() < 3) {
                add(first, "an element");
            }
            int newest = Collections.max(this.state.pages());

            for (int turn = 0; turn < 100; turn++) {
                for (int count = 0; count < 50; count++) {
                    poll(first);
                }
                for (int count = 0; count < 50; count++) {
                    add(first, "an element");
                }
            }

            assertThat(this.state.pages()).hasSize(3);
            assertThat(Collections.max(this.state.pages())).isEqualTo(newest);
        }
    }

    private void add(boolean first, String element) {
        if (first) {
            this.queue.addFirst(element);
        }
        else {
            this.queue.addLast(element);
        }
    }

    private void poll(boolean first) {
        assertThat(first ? this.queue.pollFirst() : this.queue.pollLast()).isNotNull();
    }

    @Test
    void aLongQueueGivesItsPagesBack() {
        for (int number = 0; number < 5000; number++) {
            this.queue.addLast("element " + number);
        }
        assertThat(this.state.pages()).hasSizeGreaterThan(20);

        for (int number = 0; number < 4990; number++) {
            this.queue.pollFirst();
        }

        QueueStructure.check(this.state);
        assertThat(this.state.pages()).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void pagesOfAQueueAreFull() {
        for (int number = 0; number < 10_000; number++) {
            this.queue.addLast("0123456789ab"); // with its tags 20 bytes
        }

        assertThat(this.state.pages()).hasSizeLessThanOrEqualTo(10_000 * 20 / (4096 - 36 - 20) + 1);
    }

    @Test
    void theLargestElementIsTaken() {
        HeapPagedState largePages = new HeapPagedState(1 << 20, new SplittableRandom(1));
        QueueState<byte[]> bytes = new PagedQueue<>(largePages, Serializers.bytes());
        byte[] largest = new byte[QueueState.MAX_ELEMENT_LENGTH];
        largest[largest.length - 1] = 7;

        bytes.addLast(largest);

        assertThat(bytes.pollFirst()).isEqualTo(largest);
        assertThat(largePages.pages()).hasSize(1);
    }

    @Test
    void aLargerElementIsRefused() {
        HeapPagedState largePages = new HeapPagedState(1 << 20, new SplittableRandom(1));
        QueueState<byte[]> bytes = new PagedQueue<>(largePages, Serializers.bytes());
        byte[] larger = new byte[QueueState.MAX_ELEMENT_LENGTH + 1];

        assertThatIllegalArgumentException().isThrownBy(() -> bytes.addLast(larger))
            .withMessageContaining("67108864")
            .withMessageContaining("67108865");
        assertThat(largePages.pages()).isEmpty();
    }

    @Test
    void anElementThatWouldTakeTooManyPagesIsRefused() {
        HeapPagedState smallPages = new HeapPagedState(512, new SplittableRandom(1));
        QueueState<byte[]> bytes = new PagedQueue<>(smallPages, Serializers.bytes());
        byte[] largest = new byte[OverflowPages.MAX_PAGES * (512 - 20)];

        bytes.addFirst(largest);

        assertThat(bytes.size()).isEqualTo(1);
        assertThat(smallPages.pages()).hasSize(OverflowPages.MAX_PAGES + 1);
        assertThatIllegalArgumentException().isThrownBy(() -> bytes.addFirst(new byte[largest.length + 1]))
            .withMessageContaining("2015232")
            .withMessageContaining("512");
    }

    @Test
    void aWalkIsHandedItsConsumersError() {
        this.queue.addLast("a");
        this.queue.addLast("b");

        assertThatIllegalStateException().isThrownBy(() -> this.queue.forEach((element) -> {
            throw new IllegalStateException(element);
        })).withMessage("a");
        assertThat(elements(this.queue)).containsExactly("a", "b");
    }

    @Test
    @SuppressWarnings("NullAway") // that null is refused is what is tested
    void nullIsRefused() {
        assertThatNullPointerException().isThrownBy(() -> this.queue.addFirst(null)).withMessage("element");
        assertThatNullPointerException().isThrownBy(() -> this.queue.addLast(null)).withMessage("element");
        assertThatNullPointerException().isThrownBy(() -> this.queue.forEach(null)).withMessage("consumer");
        assertThat(this.queue.isEmpty()).isTrue();
    }

    /** Cannot write "w" and cannot read "r". */
    private static final class Picky implements Serializer<String> {

        @Override
        public String name() {
            return "picky";
        }

        @Override
        public void write(String value, SerializerOutput output) {
            output.writeUtf8(value);
            if (value.equals("w")) {
                throw new IllegalArgumentException("w");
            }
        }

        @Override
        public String read(SerializerInput input) {
            String value = input.readRemainingUtf8();
            if (value.equals("r")) {
                throw new StateException("r");
            }
            return value;
        }

    }

    @Test
    void whatASerializerCannotWriteIsNotAddedAndWhatItCannotReadIsTakenOut() {
        QueueState<String> picky = new PagedQueue<>(this.state, new Picky());
        picky.addLast("r");
        picky.addLast("a");

        assertThatIllegalArgumentException().isThrownBy(() -> picky.addLast("w"));
        assertThat(picky.size()).isEqualTo(2);
        assertThatExceptionOfType(StateException.class).isThrownBy(picky::peekFirst);
        assertThat(picky.size()).isEqualTo(2);
        assertThatExceptionOfType(StateException.class).isThrownBy(picky::pollFirst);
        assertThat(elements(picky)).containsExactly("a");
    }

    @Test
    void bytesOfFormatVersion1() {
        HeapPagedState pages = new HeapPagedState(512, new SplittableRandom(1));
        QueueState<String> texts = new PagedQueue<>(pages, Serializers.string(), () -> 0x1122334455667788L);
        texts.addLast("alpha");
        texts.addLast("b");
        texts.addFirst("");
        texts.addLast("x".repeat(120));
        texts.addFirst("y".repeat(110));
        for (int count = 0; count < 4; count++) {
            texts.addLast("z".repeat(100));
        }

        String reference = "0800000202000000780000000800" + "0002"; // page 2, 120 bytes
        String longText = "64000001" + "7a".repeat(100) + "64000001";
        assertThat(hex(pages, 1, 0, 36)).isEqualTo("0401000084fed14b" // kind, format,
                                                                      // check
                + "000000000300000006000000" // previous, next, count
                + "8d0000009d0100008677665544332211"); // begin, end, number
        assertThat(hex(pages, 1, 0x8d, 0x19d)).isEqualTo("6e000001" + "79".repeat(110) + "6e000001" + "0000000100000001"
                + "05000001616c70686105000001" + "010000016201000001" + reference + longText);
        assertThat(hex(pages, 2, 0, 140)).isEqualTo("0501000000000000000000008a77665544332211" + "78".repeat(120));
        assertThat(hex(pages, 3, 0, 36))
            .isEqualTo("0401000061f81c3b" + "010000000000000003000000" + "24000000680100008c77665544332211");
        assertThat(hex(pages, 3, 36, 36 + 3 * 108)).isEqualTo(longText.repeat(3));
        assertThat(hex(pages, 3, 36 + 3 * 108, 512)).matches("0*");
        assertThat(fields(pages)).containsExactly(1L, 3L, 9L, 0x1122334455667786L, 0L, 0L, 1L, 0L);
    }

    private static String hex(HeapPagedState pages, int page, int from, int to) {
        return HexFormat.of().formatHex(pages.<byte[]>read((view) -> view.page(page).clone()), from, to);
    }

    private static List<Long> fields(HeapPagedState pages) {
        return pages.read((view) -> {
            List<Long> fields = new ArrayList<>();
            for (int field = 0; field < 8; field++) {
                fields.add(view.field(field));
            }
            return fields;
        });
    }

}
