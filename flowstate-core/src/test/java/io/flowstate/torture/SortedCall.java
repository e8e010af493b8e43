package io.flowstate.torture;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

import io.flowstate.state.SortedMapState;
import io.flowstate.testing.Linearizability.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * A call on a sorted map of numbers.
 *
 * @param kind what it does
 * @param key its key, or where a range begins
 * @param argument the value that it is made with, or where a range ends
 */
record SortedCall(Kind kind, int key, long argument) {

    enum Kind {

        GET, PUT, REMOVE, ADD, FIRST, LAST, FLOOR, HIGHER, REMOVE_RANGE, SIZE, CLEAR

    }

    /** Makes the call. */
    @Nullable Object make(SortedMapState<Integer, Long> map) {
        switch (this.kind) {
            case GET:
                return map.get(this.key);
            case PUT:
                map.put(this.key, this.argument);
                return null;
            case REMOVE:
                map.remove(this.key);
                return null;
            case ADD:
                return map.merge(this.key, this.argument, SortedCall::added);
            case FIRST:
                return map.firstEntry();
            case LAST:
                return map.lastEntry();
            case FLOOR:
                return map.floorEntry(this.key);
            case HIGHER:
                return map.higherEntry(this.key);
            case REMOVE_RANGE:
                map.removeRange(this.key, (int) this.argument);
                return null;
            case SIZE:
                return map.size();
            default:
                map.clear();
                return null;
        }
    }

    /** What the call does if it is the only one. */
    Outcome<NavigableMap<Integer, Long>> apply(NavigableMap<Integer, Long> content) {
        NavigableMap<Integer, Long> after = new TreeMap<>(content);
        Object result = null;
        switch (this.kind) {
            case GET -> result = content.get(this.key);
            case PUT -> after.put(this.key, this.argument);
            case REMOVE -> after.remove(this.key);
            case ADD -> result = after.merge(this.key, this.argument, SortedCall::added);
            case FIRST -> result = copy(content.firstEntry());
            case LAST -> result = copy(content.lastEntry());
            case FLOOR -> result = copy(content.floorEntry(this.key));
            case HIGHER -> result = copy(content.higherEntry(this.key));
            case REMOVE_RANGE -> after.subMap(this.key, (int) this.argument).clear();
            case SIZE -> result = (long) content.size();
            default -> after.clear();
        }
        return new Outcome<>(after, result);
    }

    private static Map.@Nullable Entry<Integer, Long> copy(Map.@Nullable Entry<Integer, Long> entry) {
        return (entry != null) ? Map.entry(entry.getKey(), entry.getValue()) : null;
    }

    private static Long added(Long old, Long more) {
        return old + more;
    }

}
