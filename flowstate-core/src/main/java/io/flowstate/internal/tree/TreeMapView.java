package io.flowstate.internal.tree;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableSet;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.function.BiFunction;

import org.jspecify.annotations.Nullable;

/**
 * The entries of a tree whose keys lie in a range, seen as a map, up or down. Iteration
 * is weakly consistent: it meets each entry that is there throughout exactly once and
 * never throws {@link java.util.ConcurrentModificationException}. Null keys and values
 * are refused, even in questions; only a null value may be looked for.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
final class TreeMapView<K, V> extends AbstractMap<K, V> implements ConcurrentNavigableMap<K, V> {

    private final TreeEntries<K, V> entries;

    private final KeyRange range;

    private final boolean descending;

    TreeMapView(TreeEntries<K, V> entries) {
        this(entries, KeyRange.ALL, false);
    }

    private TreeMapView(TreeEntries<K, V> entries, KeyRange range, boolean descending) {
        this.entries = entries;
        this.range = range;
        this.descending = descending;
    }

    @SuppressWarnings("unchecked") // a key of another type fails in the serializer
    private K key(@Nullable Object key) {
        return (K) Objects.requireNonNull(key, "key");
    }

    private boolean isInRange(K key) {
        return this.range.isAll() || this.range.contains(this.entries.bytes(key));
    }

    private void checkRange(K key) {
        if (!isInRange(key)) {
            throw new IllegalArgumentException("the key lies outside of the range of this part of the map");
        }
    }

    // Single entries.

    @Override
    public @Nullable V get(@Nullable Object sought) {
        K key = key(sought);
        return isInRange(key) ? this.entries.get(key) : null;
    }

    @Override
    public boolean containsKey(@Nullable Object sought) {
        K key = key(sought);
        return isInRange(key) && this.entries.containsKey(key);
    }

    @Override
    public @Nullable V put(K key, V value) {
        Objects.requireNonNull(value, "value");
        checkRange(key);
        return exchange(key, (same, old) -> value);
    }

    @Override
    public @Nullable V putIfAbsent(K key, V value) {
        Objects.requireNonNull(value, "value");
        checkRange(key);
        return exchange(key, (same, old) -> (old != null) ? old : value);
    }

    @Override
    public @Nullable V replace(K key, V value) {
        Objects.requireNonNull(value, "value");
        return isInRange(key) ? exchange(key, (same, old) -> (old != null) ? value : null) : null;
    }

    @Override
    public boolean replace(K key, @Nullable V expected, V value) {
        Objects.requireNonNull(value, "value");
        return expected != null && isInRange(key)
                && expected.equals(exchange(key, (same, old) -> expected.equals(old) ? value : old));
    }

    @Override
    public @Nullable V remove(@Nullable Object sought) {
        K key = key(sought);
        return isInRange(key) ? exchange(key, (same, old) -> null) : null;
    }

    @Override
    public boolean remove(@Nullable Object sought, @Nullable Object value) {
        K key = key(sought);
        return value != null && isInRange(key)
                && value.equals(exchange(key, (same, old) -> value.equals(old) ? null : old));
    }

    /** Computes a new value, and returns the old one. */
    private @Nullable V exchange(K key, BiFunction<K, @Nullable V, @Nullable V> function) {
        Previous<V> previous = new Previous<>();
        this.entries.compute(key, (same, old) -> {
            previous.value = old;
            return function.apply(same, old);
        });
        return previous.value;
    }

    @Override
    public @Nullable V compute(K key, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> function) {
        checkRange(key);
        return this.entries.compute(key, function);
    }

    @Override
    public @Nullable V computeIfPresent(K key, BiFunction<? super K, ? super V, ? extends @Nullable V> function) {
        Objects.requireNonNull(function, "function");
        return isInRange(key)
                ? this.entries.compute(key, (same, old) -> (old != null) ? function.apply(same, old) : null) : null;
    }

    @Override
    public @Nullable V merge(K key, V value, BiFunction<? super V, ? super V, ? extends @Nullable V> function) {
        Objects.requireNonNull(value, "value");
        Objects.requireNonNull(function, "function");
        checkRange(key);
        return this.entries.compute(key, (same, old) -> (old != null) ? function.apply(old, value) : value);
    }

    @Override
    public void replaceAll(BiFunction<? super K, ? super V, ? extends V> function) {
        Objects.requireNonNull(function, "function");
        for (K key : keySet()) {
            this.entries.compute(key, (same, old) -> (old != null)
                    ? Objects.requireNonNull(function.apply(same, old), "the new value") : null);
        }
    }

    // All entries.

    @Override
    public void putAll(Map<? extends K, ? extends V> added) {
        if (this.range.isAll()) {
            this.entries.putAll(added);
        }
        else {
            super.putAll(added);
        }
    }

    @Override
    public void clear() {
        if (this.range.isAll()) {
            this.entries.clear();
        }
        else {
            this.entries.removeRange(this.range);
        }
    }

    @Override
    public int size() {
        long size = (this.range.isAll()) ? this.entries.size() : this.entries.count(this.range);
        return (int) Math.min(Integer.MAX_VALUE, size);
    }

    @Override
    public boolean isEmpty() {
        return firstEntry() == null;
    }

    @Override
    public Set<Entry<K, V>> entrySet() {
        return new Entries();
    }

    @Override
    public NavigableSet<K> keySet() {
        return navigableKeySet();
    }

    @Override
    public NavigableSet<K> navigableKeySet() {
        return new TreeKeySet<>(this);
    }

    @Override
    public NavigableSet<K> descendingKeySet() {
        return descendingMap().navigableKeySet();
    }

    // Order.

    @Override
    public Comparator<? super K> comparator() {
        Comparator<K> ascending = this.entries::compare;
        return this.descending ? ascending.reversed() : ascending;
    }

    @Override
    public @Nullable Entry<K, V> firstEntry() {
        return this.entries.edge(this.range, this.descending);
    }

    @Override
    public @Nullable Entry<K, V> lastEntry() {
        return this.entries.edge(this.range, !this.descending);
    }

    @Override
    public @Nullable Entry<K, V> pollFirstEntry() {
        return this.entries.poll(this.range, this.descending);
    }

    @Override
    public @Nullable Entry<K, V> pollLastEntry() {
        return this.entries.poll(this.range, !this.descending);
    }

    @Override
    public @Nullable Entry<K, V> lowerEntry(K key) {
        return neighbour(key, false, !this.descending);
    }

    @Override
    public @Nullable Entry<K, V> floorEntry(K key) {
        return neighbour(key, true, !this.descending);
    }

    @Override
    public @Nullable Entry<K, V> ceilingEntry(K key) {
        return neighbour(key, true, this.descending);
    }

    @Override
    public @Nullable Entry<K, V> higherEntry(K key) {
        return neighbour(key, false, this.descending);
    }

    private @Nullable Entry<K, V> neighbour(K key, boolean inclusive, boolean less) {
        byte[] bytes = this.entries.bytes(key);
        KeyRange side = less ? new KeyRange(null, KeyRange.high(bytes, inclusive))
                : new KeyRange(KeyRange.low(bytes, inclusive), null);
        return this.entries.edge(side.and(this.range), less);
    }

    @Override
    public K firstKey() {
        return present(firstEntry());
    }

    @Override
    public K lastKey() {
        return present(lastEntry());
    }

    private static <K> K present(@Nullable Entry<K, ?> entry) {
        if (entry == null) {
            throw new NoSuchElementException("the map is empty");
        }
        return entry.getKey();
    }

    @Override
    public @Nullable K lowerKey(K key) {
        return keyOf(lowerEntry(key));
    }

    @Override
    public @Nullable K floorKey(K key) {
        return keyOf(floorEntry(key));
    }

    @Override
    public @Nullable K ceilingKey(K key) {
        return keyOf(ceilingEntry(key));
    }

    @Override
    public @Nullable K higherKey(K key) {
        return keyOf(higherEntry(key));
    }

    private static <K> @Nullable K keyOf(@Nullable Entry<K, ?> entry) {
        return (entry != null) ? entry.getKey() : null;
    }

    // Parts.

    @Override
    public ConcurrentNavigableMap<K, V> descendingMap() {
        return new TreeMapView<>(this.entries, this.range, !this.descending);
    }

    @Override
    public ConcurrentNavigableMap<K, V> subMap(K from, boolean fromInclusive, K to, boolean toInclusive) {
        return part(bound(from, fromInclusive), fromInclusive, bound(to, toInclusive), toInclusive);
    }

    @Override
    public ConcurrentNavigableMap<K, V> headMap(K to, boolean inclusive) {
        return part(null, true, bound(to, inclusive), inclusive);
    }

    @Override
    public ConcurrentNavigableMap<K, V> tailMap(K from, boolean inclusive) {
        return part(bound(from, inclusive), inclusive, null, true);
    }

    @Override
    public ConcurrentNavigableMap<K, V> subMap(K from, K to) {
        return subMap(from, true, to, false);
    }

    @Override
    public ConcurrentNavigableMap<K, V> headMap(K to) {
        return headMap(to, false);
    }

    @Override
    public ConcurrentNavigableMap<K, V> tailMap(K from) {
        return tailMap(from, true);
    }

    private byte[] bound(K key, boolean inclusive) {
        byte[] bytes = this.entries.bytes(key);
        if (!this.range.canEndAt(bytes, inclusive)) {
            throw new IllegalArgumentException("the bound lies outside of the range of this part of the map");
        }
        return bytes;
    }

    private TreeMapView<K, V> part(byte @Nullable [] from, boolean fromInclusive, byte @Nullable [] to,
            boolean toInclusive) {
        if (this.descending) {
            return ascendingPart(to, toInclusive, from, fromInclusive);
        }
        return ascendingPart(from, fromInclusive, to, toInclusive);
    }

    private TreeMapView<K, V> ascendingPart(byte @Nullable [] from, boolean fromInclusive, byte @Nullable [] to,
            boolean toInclusive) {
        if (from != null && to != null && Arrays.compareUnsigned(from, to) > 0) {
            throw new IllegalArgumentException("the first bound is greater than the second");
        }
        KeyRange part = new KeyRange((from != null) ? KeyRange.low(from, fromInclusive) : null,
                (to != null) ? KeyRange.high(to, toInclusive) : null);
        return new TreeMapView<>(this.entries, part.and(this.range), this.descending);
    }

    private final class Entries extends AbstractSet<Entry<K, V>> {

        @Override
        public Iterator<Entry<K, V>> iterator() {
            TreeMapView<K, V> map = TreeMapView.this;
            return new TreeIterator<>(map.entries, map.entries.cursor(map.range, map.descending));
        }

        @Override
        public boolean contains(@Nullable Object sought) {
            return sought instanceof Entry<?, ?> entry && entry.getKey() != null && entry.getValue() != null
                    && entry.getValue().equals(get(entry.getKey()));
        }

        @Override
        public boolean remove(@Nullable Object sought) {
            return sought instanceof Entry<?, ?> entry && entry.getKey() != null
                    && TreeMapView.this.remove(entry.getKey(), entry.getValue());
        }

        @Override
        public int size() {
            return TreeMapView.this.size();
        }

        @Override
        public boolean isEmpty() {
            return TreeMapView.this.isEmpty();
        }

        @Override
        public void clear() {
            TreeMapView.this.clear();
        }

    }

    private static final class Previous<V> {

        private @Nullable V value;

    }

}
