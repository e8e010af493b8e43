package io.flowstate.internal.tree;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;

import io.flowstate.internal.page.HeapPagedState;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.StateCursor;
import io.flowstate.storage.CorruptStateException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Damaged pages that no checksum has caught: whatever is asked, there is an answer or a
 * {@link CorruptStateException}, and no other error and no endless loop. Which bytes of a
 * key or value are wrong, a tree cannot know.
 */
class TreeDamageTest {

    private static final int ROUNDS = 60;

    private static final int CALLS = 25;

    static LongStream seeds() {
        return TreeSeeds.seeds();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void damageIsAnAnswerOrAnErrorOfItsOwn(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int recognised = 0;
        for (int round = 0; round < ROUNDS; round++) {
            try {
                recognised += new Run(random).isRecognised() ? 1 : 0;
            }
            catch (Throwable ex) {
                throw new AssertionError(TreeSeeds.describe(seed) + " round " + round, ex);
            }
        }

        assertThat(recognised).isPositive();
    }

    private static final class Run {

        private final SplittableRandom random;

        private final HeapPagedState state;

        private final TreeSortedMap<byte[], byte[]> map;

        Run(SplittableRandom random) {
            this.random = random;
            this.state = new HeapPagedState(512, random.split());
            this.map = new TreeSortedMap<>(this.state, Serializers.bytes(), Serializers.bytes());
            for (int i = random.nextInt(200); i >= 0; i--) {
                this.map.put(key(), value());
            }
        }

        private byte[] key() {
            byte[] key = new byte[1 + this.random.nextInt(12)];
            for (int i = 0; i < key.length; i++) {
                key[i] = (byte) this.random.nextInt(4);
            }
            return key;
        }

        private byte[] value() {
            return new byte[this.random.nextInt((this.random.nextInt(20) == 0) ? 2_000 : 40)];
        }

        /** Damages a page, and uses the map until that is recognised. */
        boolean isRecognised() {
            List<Integer> pages = new ArrayList<>(this.state.pages());
            int page = pages.get(this.random.nextInt(pages.size()));
            this.state.damage(page, this::damaged);
            for (int call = 0; call < CALLS; call++) {
                try {
                    call();
                }
                catch (CorruptStateException ex) {
                    return true;
                }
            }
            return false;
        }

        private byte[] damaged(byte[] whole) {
            byte[] bytes = whole.clone();
            if (this.random.nextInt(8) == 0) {
                bytes = Arrays.copyOf(bytes, this.random.nextInt(2 * whole.length + 1));
            }
            if (bytes.length == 0) {
                return bytes;
            }
            int structured = Math.min(bytes.length, 20 + 8 * 10);
            for (int changes = 1 + this.random.nextInt(4); changes > 0; changes--) {
                int at = this.random.nextInt(this.random.nextBoolean() ? structured : bytes.length);
                switch (this.random.nextInt(3)) {
                    case 0 -> bytes[at] ^= (byte) (1 << this.random.nextInt(8));
                    case 1 -> bytes[at] = (byte) this.random.nextInt();
                    default -> Arrays.fill(bytes, at, Math.min(bytes.length, at + 4),
                            (byte) (this.random.nextBoolean() ? 0 : 0xFF));
                }
            }
            return bytes;
        }

        private void call() {
            byte[] key = key();
            byte[] other = key();
            switch (this.random.nextInt(12)) {
                case 0 -> this.map.put(key, value());
                case 1 -> this.map.remove(key);
                case 2 -> this.map.get(key);
                case 3 -> walk(this.map.cursor(), 1);
                case 4 -> walk(this.map.cursorBackwardFrom(key), -1);
                case 5 -> this.map.removeRange(key, other);
                case 6 -> this.map.getAll(List.of(key, other, key()), (each, value) -> {
                });
                case 7 -> this.map.merge(key, other, (old, given) -> given);
                case 8 -> this.map.asMap().pollFirstEntry();
                case 9 -> this.map.asMap().pollLastEntry();
                case 10 -> assertThat(this.map.asMap().tailMap(key).size()).isNotNegative();
                default -> {
                    this.map.floorEntry(key);
                    this.map.higherEntry(key);
                }
            }
        }

        private static void walk(StateCursor<byte[], byte[]> cursor, int direction) {
            byte[] previous = null;
            while (cursor.advance()) {
                byte[] key = cursor.key();
                cursor.value();
                if (previous != null) {
                    assertThat(Integer.signum(Arrays.compareUnsigned(key, previous))).isEqualTo(direction);
                }
                previous = key;
            }
        }

    }

}
