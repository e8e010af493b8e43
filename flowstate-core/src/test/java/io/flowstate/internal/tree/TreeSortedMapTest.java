package io.flowstate.internal.tree;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

import io.flowstate.internal.page.HeapPagedState;
import io.flowstate.internal.page.PageEditor;
import io.flowstate.internal.page.PageView;
import io.flowstate.internal.page.PagedState;
import io.flowstate.serialization.Pair;
import io.flowstate.serialization.Serializer;
import io.flowstate.serialization.SerializerInput;
import io.flowstate.serialization.SerializerOutput;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.StateCursor;
import io.flowstate.storage.CorruptStateException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/** Examples and refusals of {@link TreeSortedMap}. */
class TreeSortedMapTest {

    private static final int PAGE_SIZE = 512;

    private final HeapPagedState state = new HeapPagedState(PAGE_SIZE, new SplittableRandom(1));

    private final TreeSortedMap<String, byte[]> map = new TreeSortedMap<>(this.state, Serializers.string(),
            Serializers.bytes());

    private static List<String> keys(StateCursor<String, ?> cursor) {
        List<String> keys = new ArrayList<>();
        try (cursor) {
            while (cursor.advance()) {
                keys.add(cursor.key());
            }
        }
        return keys;
    }

    private void put(String... keys) {
        for (String key : keys) {
            this.map.put(key, new byte[0]);
        }
    }

    @Test
    void aPrefixMeetsWhatBeginsWithIt() {
        put("", "a", "ab", "abc", "abd", "ac", "b");

        assertThat(keys(this.map.prefix("ab"))).containsExactly("ab", "abc", "abd");
        assertThat(keys(this.map.prefix(""))).hasSize(7);
        assertThat(keys(this.map.prefix("x"))).isEmpty();
    }

    @Test
    void aPrefixOfBytesThatAreAllFullGoesToTheEnd() {
        TreeSortedMap<byte[], byte[]> bytes = new TreeSortedMap<>(this.state, Serializers.bytes(), Serializers.bytes());
        bytes.put(new byte[] { -1 }, new byte[0]);
        bytes.put(new byte[] { -1, -1 }, new byte[0]);
        bytes.put(new byte[] { -1, -1, 5 }, new byte[0]);
        bytes.put(new byte[] { 1, -1, 5 }, new byte[0]);

        List<Integer> lengths = new ArrayList<>();
        StateCursor<byte[], byte[]> cursor = bytes.prefix(new byte[] { -1, -1 });
        while (cursor.advance()) {
            lengths.add(cursor.key().length);
        }

        assertThat(lengths).containsExactly(2, 3);
    }

    @Test
    void aPrefixOfPartsMeetsNoLongerPart() {
        TreeSortedMap<Pair<String, String>, Integer> pairs = new TreeSortedMap<>(this.state,
                Serializers.pair(Serializers.string(), Serializers.string()), Serializers.int32());
        pairs.put(Pair.of("order", "1"), 1);
        pairs.put(Pair.of("order", "10"), 2);
        pairs.put(Pair.of("order1", "0"), 3);
        pairs.put(Pair.of("orde", "r1"), 4);

        List<Integer> met = new ArrayList<>();
        StateCursor<Pair<String, String>, Integer> cursor = pairs.prefix(Pair.of("order", ""));
        while (cursor.advance()) {
            met.add(cursor.value());
        }

        assertThat(met).containsExactly(1, 2);
    }

    @Test
    void aLargeValueOfTheSameLengthKeepsItsPages() {
        for (int length : new int[] { 200, 499, 500, 501, 5_000, 5_001 }) {
            this.map.put("key", filled(length, 1));
            var before = this.state.pages();

            this.map.put("key", filled(length, 2));

            assertThat(this.state.pages()).isEqualTo(before);
            assertThat(this.map.get("key")).isEqualTo(filled(length, 2));
            TreeCheck.check(this.state);
        }
    }

    private static byte[] filled(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    @Test
    void keysAndValuesUpToTheLimitAreKept() {
        String longest = "k".repeat(PAGE_SIZE / 8);
        byte[] largest = new byte[TreeLimits.MAX_OVERFLOW_PAGES * (PAGE_SIZE - OverflowPages.HEADER)];
        new SplittableRandom(1).nextBytes(largest);

        this.map.put(longest, largest);

        assertThat(this.map.get(longest)).isEqualTo(largest);
        assertThat(TreeCheck.check(this.state)).isOne();
    }

    @Test
    void whatIsTooLargeIsRefusedAndNothingChanges() {
        String tooLong = "k".repeat(PAGE_SIZE / 8 + 1);
        byte[] tooLarge = new byte[TreeLimits.MAX_OVERFLOW_PAGES * (PAGE_SIZE - OverflowPages.HEADER) + 1];

        assertThatIllegalArgumentException().isThrownBy(() -> this.map.put(tooLong, new byte[0]))
            .withMessageContaining("state-page-size")
            .withMessageContaining("65")
            .withMessageContaining("64");
        assertThatIllegalArgumentException().isThrownBy(() -> this.map.put("key", tooLarge))
            .withMessageContaining("state-page-size");
        assertThatIllegalArgumentException().isThrownBy(() -> this.map.compute("key", (key, old) -> tooLarge));
        assertThatIllegalArgumentException()
            .isThrownBy(() -> this.map.putAll(Map.of("key", new byte[1], tooLong, new byte[1])));

        assertThat(this.map.size()).isZero();
        assertThat(this.state.pages()).isEmpty();
    }

    @Test
    void aKeyThatIsTooLongMayBeLookedFor() {
        put("a", "c");
        String tooLong = "b".repeat(PAGE_SIZE);

        assertThat(this.map.get(tooLong)).isNull();
        assertThat(this.map.containsKey(tooLong)).isFalse();
        assertThat(this.map.higherEntry(tooLong)).extracting(Map.Entry::getKey).isEqualTo("c");
        assertThat(this.map.floorEntry(tooLong)).extracting(Map.Entry::getKey).isEqualTo("a");
        this.map.remove(tooLong);
        assertThat(this.map.size()).isEqualTo(2);
    }

    @Test
    void pagesThatAreTooSmallAreRefused() {
        HeapPagedState tiny = new HeapPagedState(TreeLimits.MIN_PAGE_SIZE - 1, new SplittableRandom(1));

        assertThatIllegalArgumentException()
            .isThrownBy(() -> new TreeSortedMap<>(tiny, Serializers.string(), Serializers.string()))
            .withMessageContaining("512");
    }

    @Test
    void nullIsRefused() {
        assertThatNullPointerException().isThrownBy(() -> this.map.get(null));
        assertThatNullPointerException().isThrownBy(() -> this.map.put(null, new byte[0]));
        assertThatNullPointerException().isThrownBy(() -> this.map.put("key", null));
        assertThatNullPointerException().isThrownBy(() -> this.map.remove(null));
        assertThatNullPointerException().isThrownBy(() -> this.map.containsKey(null));
        assertThatNullPointerException().isThrownBy(() -> this.map.floorEntry(null));
        assertThatNullPointerException().isThrownBy(() -> this.map.prefix(null));
        assertThatNullPointerException().isThrownBy(() -> this.map.range("key", null));
        assertThatNullPointerException().isThrownBy(() -> this.map.getAll(Arrays.asList("key", null), (k, v) -> {
        }));
        assertThatNullPointerException().isThrownBy(() -> this.map.merge("key", null, (old, given) -> old));
        assertThatNullPointerException().isThrownBy(() -> this.map.compute("key", null));
        assertThatNullPointerException().isThrownBy(() -> this.map.read("key", null));
    }

    @Test
    void aCursorSaysWhenItStandsNowhere() {
        put("a");
        StateCursor<String, byte[]> cursor = this.map.cursor();

        assertThatIllegalStateException().isThrownBy(cursor::key).withMessageContaining("advance()");
        assertThat(cursor.advance()).isTrue();
        assertThat(cursor.key()).isEqualTo("a");
        assertThat(cursor.advance()).isFalse();
        assertThatIllegalStateException().isThrownBy(cursor::value);
        assertThat(cursor.advance()).isFalse();
    }

    /** Many entries lie in a leaf, more than are copied at once. */
    @Test
    void cursorsMeetAllEntriesOfLargeLeaves() {
        TreeSortedMap<Integer, byte[]> large = new TreeSortedMap<>(
                new HeapPagedState(32 << 10, new SplittableRandom(1)), Serializers.int32(), Serializers.bytes());
        for (int key = 0; key < 1000; key++) {
            large.put(key, filled(100, key));
        }

        for (int from = 0; from < 1000; from += 7) {
            int to = Math.min(1000, from + 150);
            try (StateCursor<Integer, byte[]> up = large.range(from, to)) {
                for (int key = from; key < to; key++) {
                    assertAt(up, key);
                }
                assertThat(up.advance()).isFalse();
            }
            try (StateCursor<Integer, byte[]> down = large.cursorBackwardFrom(from)) {
                for (int key = from; key >= 0; key--) {
                    assertAt(down, key);
                }
                assertThat(down.advance()).isFalse();
            }
            assertThat(large.asMap().subMap(from, to)).hasSize(to - from);
        }
    }

    private static void assertAt(StateCursor<Integer, byte[]> cursor, int key) {
        assertThat(cursor.advance()).isTrue();
        assertThat(cursor.key()).isEqualTo(key);
        assertThat(cursor.value()).isEqualTo(filled(100, key));
    }

    /** What a cursor reads from is used again when it is closed, but not under it. */
    @Test
    void aCursorThatAnotherThreadClosesReadsNothingOfOthers() {
        WaitingSerializer slow = new WaitingSerializer();
        TreeSortedMap<Integer, byte[]> values = new TreeSortedMap<>(this.state, Serializers.int32(), slow);
        values.put(1, filled(10, 1));
        values.put(2, filled(10, 2));
        StateCursor<Integer, byte[]> cursor = values.cursor();
        assertThat(cursor.advance()).isTrue();
        slow.beforeRead = () -> CompletableFuture.runAsync(() -> {
            cursor.close();
            try (StateCursor<Integer, byte[]> other = values.cursorFrom(2)) {
                other.advance();
            }
        }).join();

        assertThat(cursor.value()).isEqualTo(filled(10, 1));
    }

    /** Lets others do something before it reads. */
    private static final class WaitingSerializer implements Serializer<byte[]> {

        private Runnable beforeRead = () -> {
        };

        @Override
        public String name() {
            return "waiting";
        }

        @Override
        public void write(byte[] value, SerializerOutput output) {
            output.writeBytes(value);
        }

        @Override
        public byte[] read(SerializerInput input) {
            this.beforeRead.run();
            return input.readRemaining();
        }

    }

    @Test
    void aClosedCursorMeetsNothing() {
        put("a", "b");
        StateCursor<String, byte[]> cursor = this.map.cursor();
        cursor.advance();

        cursor.close();
        cursor.close();

        assertThat(cursor.advance()).isFalse();
        assertThatIllegalStateException().isThrownBy(cursor::key);
    }

    @Test
    void boundsTheWrongWayRoundHoldNothing() {
        put("a", "b", "c");

        assertThat(keys(this.map.range("c", "a"))).isEmpty();
        assertThat(keys(this.map.range("b", "b"))).isEmpty();
        this.map.removeRange("c", "a");
        assertThat(this.map.size()).isEqualTo(3);
    }

    @Test
    void aCursorGoesOnBehindWhatWasRemovedUnderIt() {
        for (int i = 0; i < 1_000; i++) {
            put("key%04d".formatted(i));
        }
        StateCursor<String, byte[]> cursor = this.map.cursor();
        for (int i = 0; i < 100; i++) {
            assertThat(cursor.advance()).isTrue();
        }

        this.map.removeRange("key0050", "key0900");
        List<String> rest = keys(cursor);

        assertThat(rest).isSorted().endsWith("key0999").contains("key0900", "key0950");
        assertThat(rest).doesNotContain("key0800");
    }

    @Test
    void aLargeValueThatGoesWhileItsLeafIsCopiedIsPassedOver() {
        this.map.put("a", new byte[1]);
        this.map.put("b", new byte[1_000]);
        this.map.put("c", new byte[2_000]);
        StateCursor<String, byte[]> cursor = this.map.cursor();
        assertThat(cursor.advance()).isTrue();

        this.map.remove("b");
        this.map.put("c", filled(10, 3));

        assertThat(cursor.advance()).isTrue();
        assertThat(cursor.key()).isEqualTo("c");
        assertThat(cursor.value()).isEqualTo(filled(10, 3));
        assertThat(cursor.advance()).isFalse();
    }

    @Test
    void aFunctionRunsAgainIfTheValueChangedMeanwhile() {
        this.map.put("key", filled(1, 1));
        AtomicInteger runs = new AtomicInteger();

        byte[] result = this.map.compute("key", (key, old) -> {
            if (runs.incrementAndGet() == 1) {
                this.map.put("key", filled(1, 7)); // as another thread might
            }
            return filled(1, old[0] + 1);
        });

        assertThat(runs).hasValue(2);
        assertThat(result).isEqualTo(filled(1, 8));
        assertThat(this.map.get("key")).isEqualTo(filled(1, 8));
    }

    @Test
    void aFunctionThatThrowsChangesNothing() {
        this.map.put("key", filled(1, 1));

        assertThatIllegalStateException().isThrownBy(() -> this.map.compute("key", (key, old) -> {
            throw new IllegalStateException("refused");
        }));

        assertThat(this.map.get("key")).isEqualTo(filled(1, 1));
    }

    @Test
    void numbersComeInTheirNaturalOrder() {
        TreeSortedMap<Long, Integer> numbers = new TreeSortedMap<>(this.state, Serializers.int64(),
                Serializers.int32());
        TreeMap<Long, Integer> model = new TreeMap<>();
        SplittableRandom random = new SplittableRandom(3);
        for (int i = 0; i < 2_000; i++) {
            long key = random.nextLong() >> random.nextInt(64);
            numbers.put(key, i);
            model.put(key, i);
        }

        assertThat(numbers.asMap()).containsExactlyEntriesOf(model);
        assertThat(numbers.asMap().descendingMap()).containsExactlyEntriesOf(model.descendingMap());
    }

    @Test
    void pagesAreNoLongerThanTheirContentNeeds() {
        this.map.put("key", new byte[10]);

        int length = this.state.read((view) -> view.page(1).length);

        assertThat(length).isLessThan(PAGE_SIZE);
    }

    @Test
    void aKeyThatARestoreMadeTooLongIsRefusedWithinABatchToo() {
        RestoredPages restored = new RestoredPages(this.state);
        TreeSortedMap<String, byte[]> wide = new TreeSortedMap<>(restored, Serializers.string(), Serializers.bytes());
        put("0");

        assertThatIllegalArgumentException()
            .isThrownBy(() -> wide.putAll(Map.of("a", new byte[1], "b".repeat(200), new byte[1])))
            .withMessageContaining("state-page-size");

        assertThat(keys(this.map.cursor())).containsExactly("0", "a");
        TreeCheck.check(this.state);
    }

    /** Pages of which a restore leaves shorter ones, just before the first change. */
    private static final class RestoredPages implements PagedState {

        private final PagedState pages;

        private boolean restored;

        RestoredPages(PagedState pages) {
            this.pages = pages;
        }

        @Override
        public int pageSize() {
            return this.restored ? this.pages.pageSize() : 8 * this.pages.pageSize();
        }

        @Override
        public <R> R read(Function<? super PageView, R> action) {
            return this.pages.read(action);
        }

        @Override
        public <R> R change(Function<? super PageEditor, R> action) {
            this.restored = true;
            return this.pages.change(action);
        }

        @Override
        public long restores() {
            return this.pages.restores();
        }

        @Override
        public void clear() {
            this.pages.clear();
        }

        @Override
        public CorruptStateException corrupt(int page, String found) {
            return this.pages.corrupt(page, found);
        }

    }

}
