package io.flowstate.torture;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/**
 * What a store should hold, in plain maps: the content of each state by its name, and
 * which states exist. Byte arrays stand in it as buffers, so that they compare by
 * content. Belongs to one thread.
 */
final class Model {

    private static final int DIFFERENCES_SHOWN = 5;

    private final Map<String, Map<Object, Object>> states = new TreeMap<>();

    /**
     * Applies a change as a map would.
     * @param change the change
     * @return what the call on the store must return: the new value after a merge or
     * compute, the value for a read, whether there was a state to drop, else null
     */
    @Nullable Object apply(Change change) {
        if (change.kind() == Change.Kind.DROP) {
            return this.states.remove(change.state()) != null;
        }
        Map<Object, Object> state = state(change.state());
        Object key = plain(change.key());
        Object old = state.get(key);
        Object result = switch (change.kind()) {
            case GET -> old;
            case COUNT -> (old != null) ? old : 0L;
            case ADD -> set(state, key, ((old != null) ? (Long) old : 0L) + (Long) change.value());
            case CONTAINS -> old != null;
            case PUT -> set(state, key, plain(change.value()));
            case REMOVE -> set(state, key, null);
            case CLEAR -> {
                state.clear();
                yield null;
            }
            case MERGE ->
                set(state, key, plain((old != null) ? Change.merged(bytes(old), change.value()) : change.value()));
            case COMPUTE -> set(state, key, plain(Change.computed((old != null) ? bytes(old) : null, change.value())));
            case APPEND -> set(state, key, plain(change.value()));
            case PRUNE -> state.keySet().removeIf((there) -> (Long) there < (Long) change.key());
            case REMOVE_RANGE -> state.keySet()
                .removeIf((there) -> ((String) there).compareTo((String) change.key()) >= 0
                        && ((String) there).compareTo((String) change.value()) < 0);
            case ADD_LAST -> set(state, (long) state.size(), plain(change.value()));
            case ADD_FIRST -> {
                shift(state, 1);
                yield set(state, 0L, plain(change.value()));
            }
            case POLL_LAST -> state.remove(state.size() - 1L);
            case POLL_FIRST -> {
                Object first = state.remove(0L);
                shift(state, -1);
                yield first;
            }
            case DROP -> throw new AssertionError("done before");
        };
        return switch (change.kind()) {
            case PUT, REMOVE, APPEND, PRUNE, REMOVE_RANGE, ADD_LAST, ADD_FIRST -> null;
            default -> result;
        };
    }

    /** The elements of a queue stand under 0, 1, 2 and so on. */
    private static void shift(Map<Object, Object> queue, long by) {
        Map<Object, Object> shifted = new HashMap<>();
        queue.forEach((index, element) -> shifted.put((Long) index + by, element));
        queue.clear();
        queue.putAll(shifted);
    }

    private static @Nullable Object set(Map<Object, Object> state, Object key, @Nullable Object value) {
        if (value != null) {
            state.put(key, value);
        }
        else {
            state.remove(key);
        }
        return value;
    }

    /**
     * A state's content; the state exists from now on.
     * @param name its name
     * @return its content, to be changed by the caller
     */
    Map<Object, Object> state(String name) {
        return this.states.computeIfAbsent(name, (absent) -> new HashMap<>());
    }

    boolean exists(String name) {
        return this.states.containsKey(name);
    }

    Set<String> names() {
        return this.states.keySet();
    }

    long entries() {
        return this.states.values().stream().mapToLong(Map::size).sum();
    }

    /** Removes all states. */
    void clear() {
        this.states.clear();
    }

    Model copy() {
        Model copy = new Model();
        this.states.forEach((name, content) -> copy.states.put(name, new HashMap<>(content)));
        return copy;
    }

    /**
     * Where another content differs from this one, which is the right one.
     * @param found the other
     * @return the first few differences in words; empty if there are none
     */
    List<String> differences(Model found) {
        List<String> differences = new ArrayList<>();
        Set<String> names = new HashSet<>(this.states.keySet());
        names.addAll(found.states.keySet());
        for (String name : names) {
            if (!this.states.containsKey(name) || !found.states.containsKey(name)) {
                differences.add("state " + name + (exists(name) ? " is missing" : " should not exist"));
                continue;
            }
            Map<Object, Object> right = this.states.get(name);
            Map<Object, Object> other = found.states.get(name);
            Set<Object> keys = new HashSet<>(right.keySet());
            keys.addAll(other.keySet());
            long count = keys.stream().filter((key) -> !same(right.get(key), other.get(key))).peek((key) -> {
                if (differences.size() < DIFFERENCES_SHOWN) {
                    differences.add(name + "[" + show(key) + "]: expected " + show(right.get(key)) + ", found "
                            + show(other.get(key)));
                }
            }).count();
            if (count > 0) {
                differences.add(name + ": " + count + " of " + keys.size() + " keys differ");
            }
        }
        return differences;
    }

    static boolean same(@Nullable Object one, @Nullable Object other) {
        return (one != null) ? one.equals(other) : other == null;
    }

    /**
     * The form in which keys and values stand in a model.
     * @param object a key or value as a state takes it
     * @return the same, but a buffer for a byte array
     */
    static @Nullable Object plain(@Nullable Object object) {
        return (object instanceof byte[] array) ? ByteBuffer.wrap(array) : object;
    }

    /**
     * Undoes {@link #plain}.
     * @param plain a key or value as it stands in a model
     * @return a key or value as a state takes it
     */
    @SuppressWarnings("ByteBufferBackingArray") // plain wraps an array
    static Object bytes(Object plain) {
        return (plain instanceof ByteBuffer buffer) ? buffer.array() : plain;
    }

    static String show(@Nullable Object plain) {
        if (plain instanceof ByteBuffer buffer) {
            return buffer.capacity() + " bytes with hash " + Integer.toHexString(buffer.hashCode());
        }
        String text = String.valueOf(plain);
        return (text.length() <= 40) ? text : text.substring(0, 40) + "... (" + text.length() + " chars with hash "
                + Integer.toHexString(text.hashCode()) + ")";
    }

}
