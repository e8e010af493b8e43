package io.flowstate.internal.tree;

import java.util.AbstractSet;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;

import org.jspecify.annotations.Nullable;

/**
 * The keys of a navigable map, as a view.
 *
 * @param <K> the type of the keys
 */
final class TreeKeySet<K> extends AbstractSet<K> implements NavigableSet<K> {

    private final NavigableMap<K, ?> map;

    TreeKeySet(NavigableMap<K, ?> map) {
        this.map = map;
    }

    @Override
    public Iterator<K> iterator() {
        return new KeyIterator<>(this.map.entrySet().iterator());
    }

    @Override
    public Iterator<K> descendingIterator() {
        return descendingSet().iterator();
    }

    @Override
    public int size() {
        return this.map.size();
    }

    @Override
    public boolean isEmpty() {
        return this.map.isEmpty();
    }

    @Override
    public boolean contains(@Nullable Object key) {
        return this.map.containsKey(key);
    }

    @Override
    public boolean remove(@Nullable Object key) {
        return this.map.remove(key) != null;
    }

    @Override
    public void clear() {
        this.map.clear();
    }

    @Override
    public @Nullable Comparator<? super K> comparator() {
        return this.map.comparator();
    }

    @Override
    public K first() {
        return this.map.firstKey();
    }

    @Override
    public K last() {
        return this.map.lastKey();
    }

    @Override
    public @Nullable K lower(K key) {
        return this.map.lowerKey(key);
    }

    @Override
    public @Nullable K floor(K key) {
        return this.map.floorKey(key);
    }

    @Override
    public @Nullable K ceiling(K key) {
        return this.map.ceilingKey(key);
    }

    @Override
    public @Nullable K higher(K key) {
        return this.map.higherKey(key);
    }

    @Override
    public @Nullable K pollFirst() {
        return keyOf(this.map.pollFirstEntry());
    }

    @Override
    public @Nullable K pollLast() {
        return keyOf(this.map.pollLastEntry());
    }

    private static <K> @Nullable K keyOf(Map.@Nullable Entry<K, ?> entry) {
        return (entry != null) ? entry.getKey() : null;
    }

    @Override
    public NavigableSet<K> descendingSet() {
        return new TreeKeySet<>(this.map.descendingMap());
    }

    @Override
    public NavigableSet<K> subSet(K from, boolean fromInclusive, K to, boolean toInclusive) {
        return new TreeKeySet<>(this.map.subMap(from, fromInclusive, to, toInclusive));
    }

    @Override
    public NavigableSet<K> headSet(K to, boolean inclusive) {
        return new TreeKeySet<>(this.map.headMap(to, inclusive));
    }

    @Override
    public NavigableSet<K> tailSet(K from, boolean inclusive) {
        return new TreeKeySet<>(this.map.tailMap(from, inclusive));
    }

    @Override
    public NavigableSet<K> subSet(K from, K to) {
        return subSet(from, true, to, false);
    }

    @Override
    public NavigableSet<K> headSet(K to) {
        return headSet(to, false);
    }

    @Override
    public NavigableSet<K> tailSet(K from) {
        return tailSet(from, true);
    }

    private static final class KeyIterator<K> implements Iterator<K> {

        private final Iterator<? extends Map.Entry<K, ?>> entries;

        KeyIterator(Iterator<? extends Map.Entry<K, ?>> entries) {
            this.entries = entries;
        }

        @Override
        public boolean hasNext() {
            return this.entries.hasNext();
        }

        @Override
        public K next() {
            return this.entries.next().getKey();
        }

        @Override
        public void remove() {
            this.entries.remove();
        }

    }

}
