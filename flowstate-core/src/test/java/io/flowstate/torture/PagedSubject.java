package io.flowstate.torture;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

import io.flowstate.StateManager;
import io.flowstate.StateScope;
import io.flowstate.internal.checkpoint.StateKind;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.AppendState;
import io.flowstate.state.MapState;
import io.flowstate.state.QueueState;
import io.flowstate.state.SortedMapState;
import io.flowstate.state.StateCursor;
import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A state that is made of pages, or a temporary one, beside a collection that does the
 * same. Belongs to one thread.
 */
abstract class PagedSubject {

    static final int LARGEST_KEY = 512; // for the smallest state page

    private static final int LARGEST_VALUE = 20_000;

    final String name;

    final StateKind kind;

    final boolean temporary;

    final SplittableRandom random;

    private PagedSubject(String name, StateKind kind, boolean temporary, SplittableRandom random) {
        this.name = name;
        this.kind = kind;
        this.temporary = temporary;
        this.random = random;
    }

    static PagedSubject of(String name, StateKind kind, boolean temporary, SplittableRandom random) {
        return switch (kind) {
            case SORTED_MAP -> new OfSortedMap(name, temporary, random);
            case QUEUE -> new OfQueue(name, temporary, random);
            case APPEND -> new OfAppend(name, random);
            case MAP -> new OfTemporaryMap(name, random);
            default -> throw new IllegalArgumentException("not made of pages, nor temporary: " + kind);
        };
    }

    /** Gets a handle, which makes the state if it does not exist. */
    abstract void open(StateManager manager);

    /** Makes one call, a change mostly, and compares what it returns. */
    abstract void step();

    /** Compares everything. */
    abstract void compare();

    /** Asks something by the present handle. */
    abstract long size();

    abstract void clear();

    /** An open cursor that stands somewhere; null if there is none. */
    abstract @Nullable StateCursor<?, ?> cursor();

    /** A copy of what should be there. */
    abstract Object content();

    /** Expects another content; null for none. */
    abstract void expect(@Nullable Object content);

    static StateScope scope(StateManager manager) {
        return manager.scope("paged");
    }

    final byte[] value() {
        int dice = this.random.nextInt(100);
        int most = (dice < 60) ? 60 : (dice < 95) ? 1_200 : (dice < 99) ? 6_000 : LARGEST_VALUE;
        byte[] value = new byte[this.random.nextInt(most)];
        Arrays.fill(value, (byte) this.random.nextInt()); // shrinks
        if (this.random.nextBoolean()) {
            this.random.nextBytes(value); // does not
        }
        return value;
    }

    static void same(byte @Nullable [] found, byte @Nullable [] expected) {
        if (!Arrays.equals(found, expected)) {
            assertThat(found).isEqualTo(expected);
        }
    }

    static <K> void same(Map.@Nullable Entry<K, byte[]> found, Map.@Nullable Entry<K, byte[]> expected) {
        assertThat(found != null).as("whether there is an entry").isEqualTo(expected != null);
        if (found != null && expected != null) {
            assertThat(found.getKey()).isEqualTo(expected.getKey());
            same(found.getValue(), expected.getValue());
        }
    }

    static <K> void same(StateCursor<K, byte[]> cursor, Collection<Map.Entry<K, byte[]>> expected) {
        try (cursor) {
            for (Map.Entry<K, byte[]> entry : expected) {
                assertThat(cursor.advance()).as("whether there is another entry").isTrue();
                same(Map.entry(cursor.key(), cursor.value()), entry);
            }
            assertThat(cursor.advance()).as("whether there is another entry at the end").isFalse();
        }
    }

    @Override
    public String toString() {
        return (this.temporary ? "temporary " : "") + this.kind + " " + this.name;
    }

    /** A sorted map and a {@link TreeMap}. */
    private static final class OfSortedMap extends PagedSubject {

        private final boolean longKeys;

        private TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);

        private @Nullable SortedMapState<byte[], byte[]> opened;

        OfSortedMap(String name, boolean temporary, SplittableRandom random) {
            super(name, StateKind.SORTED_MAP, temporary, random);
            this.longKeys = random.nextInt(3) == 0;
        }

        @Override
        void open(StateManager manager) {
            this.opened = this.temporary
                    ? scope(manager).temporarySortedMap(this.name, Serializers.bytes(), Serializers.bytes())
                    : scope(manager).sortedMap(this.name, Serializers.bytes(), Serializers.bytes());
        }

        private SortedMapState<byte[], byte[]> map() {
            return java.util.Objects.requireNonNull(this.opened);
        }

        private byte[] newKey() {
            byte[] key = new byte[this.longKeys ? 200 + this.random.nextInt(LARGEST_KEY - 199) : 2];
            byte[] number = { (byte) this.random.nextInt(8), (byte) this.random.nextInt() };
            System.arraycopy(number, 0, key, this.longKeys ? 150 : 0, 2);
            return key;
        }

        private byte[] someKey() {
            byte[] key = newKey();
            byte[] near = this.model.ceilingKey(key);
            return (near != null && this.random.nextInt(4) > 0) ? near : key;
        }

        @Override
        void step() {
            int dice = this.random.nextInt(100);
            if (dice < 45) {
                byte[] key = (dice < 35) ? newKey() : someKey();
                byte[] value = value();
                map().put(key, value);
                this.model.put(key, value);
            }
            else if (dice < 65) {
                byte[] key = someKey();
                map().remove(key);
                this.model.remove(key);
            }
            else if (dice < 67) {
                byte[] from = someKey();
                byte[] to = someKey();
                map().removeRange(from, to);
                if (Arrays.compareUnsigned(from, to) < 0) {
                    this.model.subMap(from, to).clear();
                }
            }
            else if (dice < 72) {
                byte[] key = someKey();
                byte[] value = value();
                same(map().merge(key, value, PagedSubject::merged), this.model.merge(key, value, PagedSubject::merged));
            }
            else if (dice < 75) {
                putAll();
            }
            else if (dice < 78) {
                map().getAll(List.of(someKey(), newKey(), someKey()), (key, value) -> same(value, this.model.get(key)));
            }
            else if (dice < 82) {
                byte[] key = someKey();
                same(map().floorEntry(key), this.model.floorEntry(key));
                same(map().higherEntry(key), this.model.higherEntry(key));
                same(map().firstEntry(), this.model.firstEntry());
                same(map().lastEntry(), this.model.lastEntry());
            }
            else if (dice < 84) {
                byte[] key = someKey();
                same(map().cursorFrom(key), this.model.tailMap(key, true).entrySet());
                same(map().cursorBackwardFrom(key), this.model.headMap(key, true).descendingMap().entrySet());
            }
            else {
                byte[] key = someKey();
                same(map().get(key), this.model.get(key));
                assertThat(map().containsKey(key)).isEqualTo(this.model.containsKey(key));
            }
        }

        private void putAll() {
            TreeMap<byte[], byte[]> added = new TreeMap<>(Arrays::compareUnsigned);
            for (int i = this.random.nextInt(30); i > 0; i--) {
                added.put(newKey(), value());
            }
            map().putAll(added.descendingMap()); // in another order than that of the keys
            this.model.putAll(added);
        }

        @Override
        void compare() {
            same(map().cursor(), this.model.entrySet());
            assertThat(map().size()).as("size").isEqualTo(this.model.size());
        }

        @Override
        long size() {
            return map().size();
        }

        @Override
        void clear() {
            map().clear();
            this.model.clear();
        }

        @Override
        @Nullable StateCursor<?, ?> cursor() {
            StateCursor<byte[], byte[]> cursor = map().cursor();
            boolean unused = cursor.advance();
            return cursor;
        }

        @Override
        Object content() {
            return new TreeMap<>(this.model);
        }

        @Override
        @SuppressWarnings("unchecked") // given by content()
        void expect(@Nullable Object content) {
            this.model = (content != null) ? new TreeMap<>((TreeMap<byte[], byte[]>) content)
                    : new TreeMap<>(Arrays::compareUnsigned);
        }

    }

    private static byte @Nullable [] merged(byte[] old, byte[] given) {
        if ((old.length + given.length) % 3 == 0) {
            return null;
        }
        byte[] both = Arrays.copyOf(old, Math.min(3_000, old.length + given.length));
        Arrays.fill(both, Math.min(old.length, both.length), both.length, (byte) given.length);
        return both;
    }

    /**
     * A temporary map, which is made of records, and a map: the cuts and restores of the
     * others are none of its business but for the clearing.
     */
    private static final class OfTemporaryMap extends PagedSubject {

        private final TreeMap<byte[], byte[]> model = new TreeMap<>(Arrays::compareUnsigned);

        private @Nullable MapState<byte[], byte[]> opened;

        OfTemporaryMap(String name, SplittableRandom random) {
            super(name, StateKind.MAP, true, random);
        }

        @Override
        void open(StateManager manager) {
            this.opened = scope(manager).temporaryMap(this.name, Serializers.bytes(), Serializers.bytes());
        }

        private MapState<byte[], byte[]> map() {
            return java.util.Objects.requireNonNull(this.opened);
        }

        @Override
        void step() {
            byte[] key = { (byte) this.random.nextInt(100) };
            byte[] value = value();
            switch (this.random.nextInt(5)) {
                case 0 -> {
                    map().remove(key);
                    this.model.remove(key);
                }
                case 1 -> same(map().merge(key, value, PagedSubject::merged),
                        this.model.merge(key, value, PagedSubject::merged));
                case 2 -> same(map().get(key), this.model.get(key));
                default -> {
                    map().put(key, value);
                    this.model.put(key, value);
                }
            }
        }

        @Override
        void compare() {
            TreeMap<byte[], byte[]> found = new TreeMap<>(Arrays::compareUnsigned);
            try (StateCursor<byte[], byte[]> cursor = map().cursor()) {
                while (cursor.advance()) {
                    assertThat(found.put(cursor.key(), cursor.value())).as("what a key had before").isNull();
                }
            }
            assertThat(found.keySet()).containsExactlyElementsOf(this.model.keySet());
            found.forEach((key, value) -> same(value, this.model.get(key)));
            assertThat(map().size()).as("size").isEqualTo(this.model.size());
        }

        @Override
        long size() {
            return map().size();
        }

        @Override
        void clear() {
            map().clear();
            this.model.clear();
        }

        @Override
        StateCursor<?, ?> cursor() {
            StateCursor<byte[], byte[]> cursor = map().cursor();
            boolean unused = cursor.advance();
            return cursor;
        }

        @Override
        Object content() {
            throw new IllegalStateException("no checkpoint has it");
        }

        @Override
        void expect(@Nullable Object content) {
            assertThat(content).isNull();
            this.model.clear();
        }

    }

    /** A queue and an {@link ArrayDeque}. */
    private static final class OfQueue extends PagedSubject {

        private ArrayDeque<byte[]> model = new ArrayDeque<>();

        private @Nullable QueueState<byte[]> opened;

        private boolean growing = true;

        OfQueue(String name, boolean temporary, SplittableRandom random) {
            super(name, StateKind.QUEUE, temporary, random);
        }

        @Override
        void open(StateManager manager) {
            this.opened = this.temporary ? scope(manager).temporaryQueue(this.name, Serializers.bytes())
                    : scope(manager).queue(this.name, Serializers.bytes());
        }

        private QueueState<byte[]> queue() {
            return java.util.Objects.requireNonNull(this.opened);
        }

        @Override
        void step() {
            if (this.random.nextInt(120) == 0) {
                this.growing = !this.growing;
            }
            int dice = this.random.nextInt(100);
            if (dice < 10) {
                same(queue().peekFirst(), this.model.peekFirst());
                same(queue().peekLast(), this.model.peekLast());
                assertThat(queue().isEmpty()).isEqualTo(this.model.isEmpty());
            }
            else if (dice < (this.growing ? 60 : 40)) {
                byte[] element = value();
                if (dice % 3 == 0) {
                    queue().addFirst(element);
                    this.model.addFirst(element);
                }
                else {
                    queue().addLast(element);
                    this.model.addLast(element);
                }
            }
            else if (dice < 90) {
                same(queue().pollFirst(), this.model.pollFirst());
            }
            else {
                same(queue().pollLast(), this.model.pollLast());
            }
        }

        @Override
        void compare() {
            List<byte[]> found = new ArrayList<>();
            queue().forEach(found::add);
            assertThat(found).as("elements").hasSameSizeAs(this.model);
            int index = 0;
            for (byte[] element : this.model) {
                same(found.get(index++), element);
            }
            assertThat(queue().size()).as("size").isEqualTo(this.model.size());
        }

        @Override
        long size() {
            return queue().size();
        }

        @Override
        void clear() {
            queue().clear();
            this.model.clear();
        }

        @Override
        @Nullable StateCursor<?, ?> cursor() {
            return null;
        }

        @Override
        Object content() {
            return this.model.clone();
        }

        @Override
        @SuppressWarnings("unchecked") // given by content()
        void expect(@Nullable Object content) {
            this.model = (content != null) ? ((ArrayDeque<byte[]>) content).clone() : new ArrayDeque<>();
        }

    }

    /** An append log and a list. */
    private static final class OfAppend extends PagedSubject {

        private List<Map.Entry<Long, byte[]>> model = new ArrayList<>();

        private @Nullable AppendState<Long, byte[]> opened;

        private long next = -20; // only rises, in restored content too

        OfAppend(String name, SplittableRandom random) {
            super(name, StateKind.APPEND, false, random);
        }

        @Override
        void open(StateManager manager) {
            this.opened = scope(manager).append(this.name, Serializers.int64(), Serializers.bytes());
        }

        private AppendState<Long, byte[]> log() {
            return java.util.Objects.requireNonNull(this.opened);
        }

        private long someKey() {
            return this.model.isEmpty() ? this.next
                    : this.model.get(this.random.nextInt(this.model.size())).getKey() + this.random.nextInt(2);
        }

        private List<Map.Entry<Long, byte[]>> from(long key) {
            return this.model.stream().filter((entry) -> entry.getKey() >= key).toList();
        }

        @Override
        void step() {
            int dice = this.random.nextInt(100);
            if (dice < 80) {
                this.next += 1 + this.random.nextInt(5);
                byte[] value = value();
                log().append(this.next, value);
                this.model.add(Map.entry(this.next, value));
            }
            else if (dice < 84) {
                long key = this.model.isEmpty() ? 0
                        : this.model.get(this.random.nextInt(1 + this.model.size() / 2)).getKey();
                log().pruneBefore(key);
                this.model = new ArrayList<>(from(key));
            }
            else if (dice < 92) {
                same(log().last(), this.model.isEmpty() ? null : this.model.get(this.model.size() - 1));
            }
            else {
                long key = someKey();
                same(log().cursorFrom(key), from(key));
            }
        }

        @Override
        void compare() {
            same(log().cursor(), this.model);
            assertThat(log().size()).as("size").isEqualTo(this.model.size());
        }

        @Override
        long size() {
            return log().size();
        }

        @Override
        void clear() {
            log().clear();
            this.model.clear();
        }

        @Override
        @Nullable StateCursor<?, ?> cursor() {
            StateCursor<Long, byte[]> cursor = log().cursor();
            boolean unused = cursor.advance();
            return cursor;
        }

        @Override
        Object content() {
            return new ArrayList<>(this.model);
        }

        @Override
        @SuppressWarnings("unchecked") // given by content()
        void expect(@Nullable Object content) {
            this.model = (content != null) ? new ArrayList<>((List<Map.Entry<Long, byte[]>>) content)
                    : new ArrayList<>();
        }

    }

}
