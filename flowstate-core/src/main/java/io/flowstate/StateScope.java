package io.flowstate;

import io.flowstate.serialization.Serializer;
import io.flowstate.state.AppendState;
import io.flowstate.state.CounterState;
import io.flowstate.state.MapState;
import io.flowstate.state.QueueState;
import io.flowstate.state.SortedMapState;
import io.flowstate.state.ValueState;

/**
 * A named part of the state: an operator, a feature. Scopes nest, and names of different
 * levels never collide. A scope comes into being with the first state in it. Names are
 * any non-empty text up to {@value #MAX_NAME_LENGTH} characters.
 *
 * <p>
 * Asking twice for the same state gives two handles on one state. Asking for it under
 * another kind, or with a serializer of another name, throws
 * {@link io.flowstate.storage.IncompatibleStateException}. Thread-safe.
 */
public interface StateScope {

    /** The longest name of a scope or state, in {@code char}s. */
    int MAX_NAME_LENGTH = 200;

    /** The deepest nesting of scopes. */
    int MAX_DEPTH = 100;

    /**
     * A scope within this one.
     * @param name its name
     * @return the scope
     */
    StateScope scope(String name);

    /**
     * An unordered map, created empty if it does not exist.
     * @param <K> the type of the keys
     * @param <V> the type of the values
     * @param name its name in this scope
     * @param keys the serializer of the keys
     * @param values the serializer of the values
     * @return the state
     */
    <K, V> MapState<K, V> map(String name, Serializer<K> keys, Serializer<V> values);

    /**
     * Counters by key, created empty if they do not exist.
     * @param <K> the type of the keys
     * @param name their name in this scope
     * @param keys the serializer of the keys
     * @return the state
     */
    <K> CounterState<K> counters(String name, Serializer<K> keys);

    /**
     * One value, created absent if it does not exist.
     * @param <V> the type of the value
     * @param name its name in this scope
     * @param serializer the serializer of the value
     * @return the state
     */
    <V> ValueState<V> value(String name, Serializer<V> serializer);

    /**
     * A map ordered by its keys, created empty if it does not exist.
     * @param <K> the type of the keys
     * @param <V> the type of the values
     * @param name its name in this scope
     * @param keys the serializer of the keys, whose bytes give the order
     * @param values the serializer of the values
     * @return the state
     */
    <K, V> SortedMapState<K, V> sortedMap(String name, Serializer<K> keys, Serializer<V> values);

    /**
     * A queue with two ends, created empty if it does not exist.
     * @param <E> the type of the elements
     * @param name its name in this scope
     * @param serializer the serializer of the elements
     * @return the state
     */
    <E> QueueState<E> queue(String name, Serializer<E> serializer);

    /**
     * A log of entries with ascending keys, created empty if it does not exist.
     * @param <K> the type of the keys
     * @param <V> the type of the values
     * @param name its name in this scope
     * @param keys the serializer of the keys, whose bytes give the order
     * @param values the serializer of the values
     * @return the state
     */
    <K, V> AppendState<K, V> append(String name, Serializer<K> keys, Serializer<V> values);

    /**
     * A map that no checkpoint has: empty when the store is opened, and after a restore.
     * @param <K> the type of the keys
     * @param <V> the type of the values
     * @param name its name in this scope
     * @param keys the serializer of the keys
     * @param values the serializer of the values
     * @return the state
     */
    <K, V> MapState<K, V> temporaryMap(String name, Serializer<K> keys, Serializer<V> values);

    /**
     * A sorted map that no checkpoint has: empty when the store is opened, and after a
     * restore.
     * @param <K> the type of the keys
     * @param <V> the type of the values
     * @param name its name in this scope
     * @param keys the serializer of the keys, whose bytes give the order
     * @param values the serializer of the values
     * @return the state
     */
    <K, V> SortedMapState<K, V> temporarySortedMap(String name, Serializer<K> keys, Serializer<V> values);

    /**
     * A queue that no checkpoint has: empty when the store is opened, and after a
     * restore.
     * @param <E> the type of the elements
     * @param name its name in this scope
     * @param serializer the serializer of the elements
     * @return the state
     */
    <E> QueueState<E> temporaryQueue(String name, Serializer<E> serializer);

    /**
     * Deletes a state of any kind; part of the unit of work, like every change. Handles
     * of it throw {@link IllegalStateException} from then on. Its space is given back
     * later, in the background.
     * @param name its name
     * @return false if there was none
     */
    boolean drop(String name);

    /**
     * Whether a state of any kind exists in this scope; creates nothing.
     * @param name its name
     * @return true if it exists
     */
    boolean exists(String name);

}
