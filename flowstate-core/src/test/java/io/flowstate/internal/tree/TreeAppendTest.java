package io.flowstate.internal.tree;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.LongStream;

import io.flowstate.internal.page.HeapPagedState;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.StateCursor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/** Tests for {@link TreeAppend}. */
class TreeAppendTest {

    private static final int STEPS = 2_000;

    private final HeapPagedState state = new HeapPagedState(512, new SplittableRandom(1));

    private final TreeAppend<Long, String> log = new TreeAppend<>(this.state, Serializers.int64(),
            Serializers.string());

    static LongStream seeds() {
        return TreeSeeds.seeds();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void anAppendLogDoesWhatTheModelDoes(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        TreeMap<Long, String> model = new TreeMap<>();
        long next = -500;

        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(60)) {
                case 0 -> {
                    long bound = next - random.nextLong(1_000);
                    this.log.pruneBefore(bound);
                    model.headMap(bound).clear();
                }
                case 1 -> {
                    long from = next - random.nextLong(1_000);
                    same(this.log.cursorFrom(from), model.tailMap(from), seed);
                }
                case 2 -> assertThat(this.log.last()).as(TreeSeeds.describe(seed)).isEqualTo(model.lastEntry());
                default -> {
                    next += 1 + random.nextLong(3);
                    String value = "x".repeat(random.nextInt((random.nextInt(30) == 0) ? 3_000 : 40));
                    this.log.append(next, value);
                    model.put(next, value);
                }
            }
        }

        same(this.log.cursor(), model, seed);
        assertThat(this.log.size()).as(TreeSeeds.describe(seed)).isEqualTo(model.size());
        TreeCheck.check(this.state);
    }

    private static void same(StateCursor<Long, String> cursor, Map<Long, String> expected, long seed) {
        try (cursor) {
            expected.forEach((key, value) -> {
                assertThat(cursor.advance()).as(TreeSeeds.describe(seed)).isTrue();
                assertThat(cursor.key()).as(TreeSeeds.describe(seed)).isEqualTo(key);
                assertThat(cursor.value()).as(TreeSeeds.describe(seed)).isEqualTo(value);
            });
            assertThat(cursor.advance()).as(TreeSeeds.describe(seed)).isFalse();
        }
    }

    @Test
    void keysMustAscendStrictly() {
        this.log.append(7L, "seven");

        assertThatIllegalArgumentException().isThrownBy(() -> this.log.append(7L, "again"))
            .withMessageContaining("ascend");
        assertThatIllegalArgumentException().isThrownBy(() -> this.log.append(-8L, "before"));

        assertThat(this.log.size()).isOne();
        assertThat(this.log.last()).isEqualTo(Map.entry(7L, "seven"));
    }

    @Test
    void anyKeyMayFollowWhenNothingIsLeft() {
        this.log.append(7L, "seven");
        this.log.pruneBefore(8L);

        this.log.append(1L, "one");

        assertThat(this.log.last()).isEqualTo(Map.entry(1L, "one"));
    }

    @Test
    void nullIsRefused() {
        assertThatNullPointerException().isThrownBy(() -> this.log.append(null, "value"));
        assertThatNullPointerException().isThrownBy(() -> this.log.append(1L, null));
        assertThatNullPointerException().isThrownBy(() -> this.log.pruneBefore(null));
        assertThatNullPointerException().isThrownBy(() -> this.log.cursorFrom(null));
    }

    @Test
    void ascendingKeysFillTheirPages() {
        for (long key = 0; key < 5_000; key++) {
            this.log.append(key, "0123456789");
        }

        TreeCheck.check(this.state);
        // an entry takes 8 + 6 + 8 + 10 bytes, so 15 of them fit a leaf
        assertThat(this.state.pages().size()).isLessThan(5_000 / 15 * 11 / 10);
    }

    @Test
    void pruningFreesPages() {
        for (long key = 0; key < 5_000; key++) {
            this.log.append(key, "0123456789");
        }

        this.log.pruneBefore(4_990L);

        TreeCheck.check(this.state);
        assertThat(this.log.size()).isEqualTo(10);
        assertThat(this.state.pages().size()).isLessThan(6);
    }

    @Test
    void anEmptyLogHasNoLastEntryAndNoPages() {
        this.log.append(1L, "one");
        this.log.clear();

        assertThat(this.log.last()).isNull();
        assertThat(this.log.size()).isZero();
        assertThat(this.log.cursor().advance()).isFalse();
        assertThat(this.state.pages()).isEmpty();
    }

}
