package io.flowstate.internal.tree;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.LongStream;

import io.flowstate.internal.page.HeapPagedState;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.StateCursor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random runs of a sorted map against a {@link TreeMap}, over pages so small that trees
 * get deep, with a check of all pages now and then.
 */
class TreeModelTest {

    static LongStream seeds() {
        return TreeSeeds.seeds();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aSortedMapDoesWhatTheModelDoes(long seed) {
        try {
            new Run(seed).run();
        }
        catch (Throwable ex) {
            throw new AssertionError(TreeSeeds.describe(seed), ex);
        }
    }

    private static final class Run {

        private static final int STEPS = 3_000;

        private final SplittableRandom random;

        private final HeapPagedState state;

        private final TreeSortedMap<byte[], byte[]> map;

        private final TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);

        private final TreeLimits limits;

        /** What the keys of this run are like. */
        private final int keyKind;

        private final int keyBytes;

        private final int valueBytes;

        private long counter;

        Run(long seed) {
            this.random = new SplittableRandom(seed);
            int[] sizes = { 512, 512, 1024, 4096, 32 << 10 };
            int pageSize = sizes[this.random.nextInt(sizes.length)];
            this.state = new HeapPagedState(pageSize, this.random.split());
            this.map = new TreeSortedMap<>(this.state, Serializers.bytes(), Serializers.bytes());
            this.limits = new TreeLimits(this.state);
            this.keyKind = this.random.nextInt(4);
            this.keyBytes = this.random.nextBoolean() ? this.limits.keyBytes() : 8;
            this.valueBytes = this.random.nextBoolean() ? 20 : this.limits.inlineBytes();
        }

        void run() {
            int highest = 0;
            for (int step = 0; step < STEPS; step++) {
                boolean growing = (step / 500) % 2 == 0;
                if (this.random.nextInt(100) < (growing ? 70 : 25)) {
                    put();
                }
                else if (this.random.nextInt(100) < (growing ? 20 : 60)) {
                    remove();
                }
                else {
                    other();
                }
                if (step % 100 == 0) {
                    highest = Math.max(highest, check());
                }
            }
            check();
            while (!this.model.isEmpty()) {
                byte[] key = this.model.firstKey();
                byte[] other = this.model.lastKey();
                removeOne(this.random.nextBoolean() ? key : other);
            }
            assertThat(check()).isZero();
            assertThat(this.state.pages()).isEmpty();
        }

        private int check() {
            int height = TreeCheck.check(this.state);
            assertThat(this.map.size()).isEqualTo(this.model.size());
            same(this.map.cursor(), this.model);
            return height;
        }

        private byte[] newKey() {
            byte[] key = switch (this.keyKind) {
                case 0 -> bytes(this.random.nextInt(this.keyBytes + 1), 256);
                case 1 -> bytes(this.random.nextInt(Math.min(12, this.keyBytes)), 3); // many
                                                                                      // prefixes
                case 2 -> number(this.counter++);
                default -> number(this.random.nextLong(2_000));
            };
            if (this.random.nextInt(50) == 0) {
                key = Arrays.copyOf(key, this.limits.keyBytes());
            }
            return key;
        }

        private byte[] bytes(int length, int values) {
            byte[] bytes = new byte[length];
            for (int i = 0; i < length; i++) {
                bytes[i] = (byte) -this.random.nextInt(values);
            }
            return bytes;
        }

        private static byte[] number(long number) {
            byte[] bytes = new byte[8];
            for (int i = 0; i < 8; i++) {
                bytes[i] = (byte) (number >>> (56 - 8 * i));
            }
            return bytes;
        }

        private byte[] value() {
            int length = switch (this.random.nextInt(40)) {
                case 0 -> this.limits.inlineBytes() + 1 + this.random.nextInt(4 * this.limits.pageSize());
                case 1 -> this.limits.inlineBytes() + this.random.nextInt(3) - 1;
                case 2 -> this.limits.overflowBytes() * (1 + this.random.nextInt(2)) + this.random.nextInt(3) - 1;
                default -> this.random.nextInt(this.valueBytes);
            };
            byte[] value = new byte[length];
            this.random.nextBytes(value);
            return value;
        }

        /** A key that is there, or nearly, or any. */
        private byte[] someKey() {
            byte[] key = newKey();
            if (this.random.nextInt(4) == 0) {
                return key;
            }
            byte[] near = this.model.ceilingKey(key);
            return (near != null) ? near : key;
        }

        private void put() {
            byte[] key = (this.random.nextInt(4) == 0) ? someKey() : newKey();
            byte[] value = value();
            this.map.put(key, value);
            this.model.put(key, value);
        }

        private void remove() {
            removeOne(someKey());
        }

        private void removeOne(byte[] key) {
            this.map.remove(key);
            this.model.remove(key);
        }

        private void other() {
            switch (this.random.nextInt(12)) {
                case 0 -> getAll();
                case 1 -> putAll();
                case 2 -> removeRange();
                case 3 -> merge();
                case 4 -> compute();
                case 5 -> neighbours();
                case 6 -> cursors();
                case 7 -> edges();
                case 8 -> poll();
                case 9 -> sizes();
                case 10 -> clear();
                default -> get();
            }
        }

        private void get() {
            byte[] key = someKey();
            byte[] value = this.model.get(key);
            assertThat(this.map.get(key)).isEqualTo(value);
            assertThat(this.map.containsKey(key)).isEqualTo(value != null);
            byte[] read = this.map.<byte[]>read(key, (view) -> {
                assertThat(view.isReadOnly()).isTrue();
                byte[] copy = new byte[view.remaining()];
                view.get(copy);
                return copy;
            });
            assertThat(read).isEqualTo(value);
        }

        private void getAll() {
            List<byte[]> keys = new ArrayList<>();
            for (int i = this.random.nextInt(200); i > 0; i--) {
                keys.add(someKey());
            }
            List<byte[]> met = new ArrayList<>();
            this.map.getAll(keys, (key, value) -> {
                met.add(key);
                assertThat(value).isEqualTo(this.model.get(key));
            });
            assertThat(met).isEqualTo(keys);
        }

        private void putAll() {
            IdentityHashMap<byte[], byte[]> added = new IdentityHashMap<>(); // the same
                                                                             // key twice
            TreeMap<byte[], byte[]> once = new TreeMap<>(Arrays::compareUnsigned);
            for (int i = this.random.nextInt(150); i > 0; i--) {
                byte[] key = (this.random.nextInt(4) == 0) ? someKey() : newKey();
                if (once.put(key, key) == null) {
                    added.put(key, value());
                }
            }
            this.map.putAll(added);
            this.model.putAll(added);
        }

        private void removeRange() {
            byte[] from = someKey();
            byte[] to = someKey();
            this.map.removeRange(from, to);
            if (Arrays.compareUnsigned(from, to) < 0) {
                this.model.subMap(from, to).clear();
            }
        }

        private void merge() {
            byte[] key = someKey();
            byte[] value = value();
            byte[] old = this.model.get(key);
            byte[] merged = this.map.merge(key, value,
                    (before, given) -> (before.length % 3 == 0) ? null : joined(before, given));
            assertThat(merged).isEqualTo(this.model.merge(key, value,
                    (before, given) -> (before.length % 3 == 0) ? null : joined(before, given)));
            assertThat(this.map.get(key)).isEqualTo(merged);
            assertThat(old == null || merged != null || !this.map.containsKey(key)).isTrue();
        }

        private static byte[] joined(byte[] first, byte[] second) {
            byte[] joined = Arrays.copyOf(first, Math.min(1_000, first.length + second.length));
            System.arraycopy(second, 0, joined, Math.min(first.length, joined.length),
                    joined.length - Math.min(first.length, joined.length));
            return joined;
        }

        private void compute() {
            byte[] key = someKey();
            byte[] value = this.random.nextBoolean() ? value() : null;
            byte[] computed = this.map.compute(key, (same, old) -> {
                assertThat(same).isSameAs(key);
                assertThat(old).isEqualTo(this.model.get(key));
                return value;
            });
            assertThat(computed).isEqualTo(value);
            this.model.compute(key, (same, old) -> value);
        }

        private void neighbours() {
            byte[] key = someKey();
            same(this.map.floorEntry(key), this.model.floorEntry(key));
            same(this.map.lowerEntry(key), this.model.lowerEntry(key));
            same(this.map.ceilingEntry(key), this.model.ceilingEntry(key));
            same(this.map.higherEntry(key), this.model.higherEntry(key));
        }

        private void edges() {
            same(this.map.firstEntry(), this.model.firstEntry());
            same(this.map.lastEntry(), this.model.lastEntry());
        }

        private void poll() {
            boolean first = this.random.nextBoolean();
            NavigableMap<byte[], byte[]> view = this.map.asMap();
            same(first ? view.pollFirstEntry() : view.pollLastEntry(),
                    first ? this.model.pollFirstEntry() : this.model.pollLastEntry());
        }

        private void sizes() {
            byte[] from = someKey();
            byte[] to = someKey();
            if (Arrays.compareUnsigned(from, to) <= 0) {
                assertThat(this.map.asMap().subMap(from, false, to, true).size())
                    .isEqualTo(this.model.subMap(from, false, to, true).size());
                assertThat(this.map.asMap().subMap(from, false, to, true).descendingMap().size())
                    .isEqualTo(this.model.subMap(from, false, to, true).size());
            }
        }

        private void clear() {
            if (this.random.nextInt(20) == 0) {
                this.map.clear();
                this.model.clear();
            }
        }

        private void cursors() {
            byte[] key = someKey();
            byte[] to = someKey();
            boolean ordered = Arrays.compareUnsigned(key, to) < 0;
            same(this.map.cursorFrom(key), this.model.tailMap(key, true));
            same(this.map.cursorBackwardFrom(key), this.model.headMap(key, true).descendingMap());
            same(this.map.range(key, to),
                    ordered ? this.model.subMap(key, to) : new TreeMap<>(Arrays::compareUnsigned));
            byte[] prefix = Arrays.copyOf(key, this.random.nextInt(key.length + 1));
            TreeMap<byte[], byte[]> beginning = new TreeMap<>(this.model.tailMap(prefix, true));
            beginning.keySet()
                .removeIf((each) -> each.length < prefix.length
                        || !Arrays.equals(each, 0, prefix.length, prefix, 0, prefix.length));
            same(this.map.prefix(prefix), beginning);
        }

        private static void same(StateCursor<byte[], byte[]> cursor, Map<byte[], byte[]> expected) {
            try (cursor) {
                for (Map.Entry<byte[], byte[]> entry : expected.entrySet()) {
                    assertThat(cursor.advance()).isTrue();
                    same(Map.entry(cursor.key(), cursor.value()), entry);
                }
                assertThat(cursor.advance()).isFalse();
            }
        }

        private static void same(Map.@Nullable Entry<byte[], byte[]> found,
                Map.@Nullable Entry<byte[], byte[]> expected) {
            if (found == null || expected == null) {
                assertThat(found).isNull();
                assertThat(expected).isNull();
                return;
            }
            if (!Arrays.equals(found.getKey(), expected.getKey())
                    || !Arrays.equals(found.getValue(), expected.getValue())) {
                assertThat(found.getKey()).isEqualTo(expected.getKey());
                assertThat(found.getValue()).isEqualTo(expected.getValue());
            }
        }

    }

}
