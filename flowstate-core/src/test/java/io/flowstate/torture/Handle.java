package io.flowstate.torture;

import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;

import io.flowstate.state.AppendState;
import io.flowstate.state.CounterState;
import io.flowstate.state.MapState;
import io.flowstate.state.QueueState;
import io.flowstate.state.SortedMapState;
import io.flowstate.state.StateCursor;
import io.flowstate.state.ValueState;
import org.jspecify.annotations.Nullable;

/** Makes a {@link Change} on a state, of whatever kind the state is. */
interface Handle {

    /**
     * Makes a change.
     * @param change one that this kind of state knows
     * @return what the call returned; null if it returns nothing
     */
    @Nullable Object apply(Change change);

    /**
     * Looks one key up.
     * @param key the key
     * @return its value; null, or 0 for a counter, if it is absent
     */
    @Nullable Object get(Object key);

    /**
     * The number of entries.
     * @return as the state counts them
     */
    long size();

    /**
     * Opens a cursor.
     * @return moves it; false at the end. Null if this kind of state has none
     */
    @Nullable BooleanSupplier cursor();

    /**
     * Passes all entries on in plain form, see {@link Model#plain}.
     * @param target takes them
     */
    void forEach(BiConsumer<Object, Object> target);

    @SuppressWarnings("unchecked") // the workload gives each state keys and values of its
                                   // types
    static Handle of(MapState<?, ?> state) {
        return new OfMap((MapState<Object, Object>) state);
    }

    @SuppressWarnings("unchecked") // as above
    static Handle of(CounterState<?> state) {
        return new OfCounters((CounterState<Object>) state);
    }

    @SuppressWarnings("unchecked") // as above
    static Handle of(ValueState<?> state) {
        return new OfValue((ValueState<Object>) state);
    }

    @SuppressWarnings("unchecked") // as above
    static Handle of(SortedMapState<?, ?> state) {
        return new OfSortedMap((SortedMapState<Object, Object>) state);
    }

    @SuppressWarnings("unchecked") // as above
    static Handle of(QueueState<?> state) {
        return new OfQueue((QueueState<Object>) state);
    }

    @SuppressWarnings("unchecked") // as above
    static Handle of(AppendState<?, ?> state) {
        return new OfAppend((AppendState<Object, Object>) state);
    }

    /** As {@link #drain}, and the keys must ascend. */
    @SuppressWarnings("unchecked") // keys of sorted states are texts and numbers here
    private static void drainInOrder(StateCursor<?, ?> cursor, BiConsumer<Object, Object> target) {
        Object[] last = new Object[1];
        drain(cursor, (key, value) -> {
            if (last[0] != null && ((Comparable<Object>) last[0]).compareTo(key) >= 0) {
                throw new AssertionError("a cursor gave " + Model.show(key) + " after " + Model.show(last[0]));
            }
            last[0] = key;
            target.accept(key, value);
        });
    }

    private static void drain(StateCursor<?, ?> cursor, BiConsumer<Object, Object> target) {
        try (cursor) {
            while (cursor.advance()) {
                target.accept(plain(cursor.key()), plain(cursor.value()));
            }
        }
    }

    private static Object plain(@Nullable Object object) {
        Object plain = Model.plain(object);
        if (plain == null) {
            throw new AssertionError("a cursor gave null");
        }
        return plain;
    }

    private static IllegalArgumentException unknown(Change change) {
        return new IllegalArgumentException(change.state() + " does not know " + change.kind());
    }

    /** A map. */
    record OfMap(MapState<Object, Object> state) implements Handle {

        @Override
        public @Nullable Object apply(Change change) {
            switch (change.kind()) {
                case GET:
                    return this.state.get(change.key());
                case CONTAINS:
                    return this.state.containsKey(change.key());
                case PUT:
                    this.state.put(change.key(), change.value());
                    return null;
                case REMOVE:
                    this.state.remove(change.key());
                    return null;
                case CLEAR:
                    this.state.clear();
                    return null;
                case MERGE:
                    return this.state.merge(change.key(), change.value(), Change::merged);
                case COMPUTE:
                    return this.state.compute(change.key(), (key, old) -> Change.computed(old, change.value()));
                default:
                    throw unknown(change);
            }
        }

        @Override
        public @Nullable Object get(Object key) {
            return this.state.get(key);
        }

        @Override
        public long size() {
            return this.state.size();
        }

        @Override
        public @Nullable BooleanSupplier cursor() {
            return this.state.cursor()::advance;
        }

        @Override
        public void forEach(BiConsumer<Object, Object> target) {
            drain(this.state.cursor(), target);
        }

    }

    /** Counters. */
    record OfCounters(CounterState<Object> state) implements Handle {

        @Override
        public @Nullable Object apply(Change change) {
            switch (change.kind()) {
                case COUNT:
                    return this.state.get(change.key());
                case ADD:
                    return this.state.add(change.key(), (Long) change.value());
                case PUT:
                    this.state.set(change.key(), (Long) change.value());
                    return null;
                case REMOVE:
                    this.state.remove(change.key());
                    return null;
                case CLEAR:
                    this.state.clear();
                    return null;
                default:
                    throw unknown(change);
            }
        }

        @Override
        public @Nullable Object get(Object key) {
            return this.state.get(key);
        }

        @Override
        public long size() {
            return this.state.size();
        }

        @Override
        public @Nullable BooleanSupplier cursor() {
            return this.state.cursor()::advance;
        }

        @Override
        public void forEach(BiConsumer<Object, Object> target) {
            try (CounterState.Cursor<Object> cursor = this.state.cursor()) {
                while (cursor.advance()) {
                    target.accept(plain(cursor.key()), cursor.count());
                }
            }
        }

    }

    /** A value, which has one key: an empty text. */
    record OfValue(ValueState<Object> state) implements Handle {

        @Override
        public @Nullable Object apply(Change change) {
            switch (change.kind()) {
                case GET:
                    return this.state.get();
                case PUT:
                    this.state.set(change.value());
                    return null;
                case REMOVE, CLEAR:
                    this.state.clear();
                    return null;
                case MERGE:
                    return this.state
                        .update((old) -> (old != null) ? Change.merged(old, change.value()) : change.value());
                case COMPUTE:
                    return this.state.update((old) -> Change.computed(old, change.value()));
                default:
                    throw unknown(change);
            }
        }

        @Override
        public @Nullable Object get(Object key) {
            return this.state.get();
        }

        @Override
        public long size() {
            return (this.state.get() != null) ? 1 : 0;
        }

        @Override
        public @Nullable BooleanSupplier cursor() {
            return null;
        }

        @Override
        public void forEach(BiConsumer<Object, Object> target) {
            Object value = this.state.get();
            if (value != null) {
                target.accept("", plain(value));
            }
        }

    }

    /** A sorted map. */
    record OfSortedMap(SortedMapState<Object, Object> state) implements Handle {

        @Override
        public @Nullable Object apply(Change change) {
            switch (change.kind()) {
                case GET:
                    return this.state.get(change.key());
                case CONTAINS:
                    return this.state.containsKey(change.key());
                case PUT:
                    this.state.put(change.key(), change.value());
                    return null;
                case REMOVE:
                    this.state.remove(change.key());
                    return null;
                case REMOVE_RANGE:
                    this.state.removeRange(change.key(), change.value());
                    return null;
                case CLEAR:
                    this.state.clear();
                    return null;
                case MERGE:
                    return this.state.merge(change.key(), change.value(), Change::merged);
                case COMPUTE:
                    return this.state.compute(change.key(), (key, old) -> Change.computed(old, change.value()));
                default:
                    throw unknown(change);
            }
        }

        @Override
        public @Nullable Object get(Object key) {
            return this.state.get(key);
        }

        @Override
        public long size() {
            return this.state.size();
        }

        @Override
        public @Nullable BooleanSupplier cursor() {
            return this.state.cursor()::advance;
        }

        @Override
        public void forEach(BiConsumer<Object, Object> target) {
            drainInOrder(this.state.cursor(), target);
        }

    }

    /** A queue, whose keys are 0, 1, 2 and so on from its first element. */
    record OfQueue(QueueState<Object> state) implements Handle {

        @Override
        public @Nullable Object apply(Change change) {
            switch (change.kind()) {
                case ADD_FIRST:
                    this.state.addFirst(change.value());
                    return null;
                case ADD_LAST:
                    this.state.addLast(change.value());
                    return null;
                case POLL_FIRST:
                    return this.state.pollFirst();
                case POLL_LAST:
                    return this.state.pollLast();
                case CLEAR:
                    this.state.clear();
                    return null;
                default:
                    throw unknown(change);
            }
        }

        @Override
        public @Nullable Object get(Object key) {
            Object[] found = new Object[1];
            forEach((index, element) -> found[0] = index.equals(key) ? element : found[0]);
            return (found[0] != null) ? Model.bytes(found[0]) : null;
        }

        @Override
        public long size() {
            return this.state.size();
        }

        @Override
        public @Nullable BooleanSupplier cursor() {
            return null;
        }

        @Override
        public void forEach(BiConsumer<Object, Object> target) {
            long[] index = new long[1];
            this.state.forEach((element) -> target.accept(index[0]++, plain(element)));
        }

    }

    /** An append log. */
    record OfAppend(AppendState<Object, Object> state) implements Handle {

        @Override
        public @Nullable Object apply(Change change) {
            switch (change.kind()) {
                case APPEND:
                    this.state.append(change.key(), change.value());
                    return null;
                case PRUNE:
                    this.state.pruneBefore(change.key());
                    return null;
                case GET:
                    return get(change.key());
                case CLEAR:
                    this.state.clear();
                    return null;
                default:
                    throw unknown(change);
            }
        }

        @Override
        public @Nullable Object get(Object key) {
            try (StateCursor<Object, Object> cursor = this.state.cursorFrom(key)) {
                return (cursor.advance() && cursor.key().equals(key)) ? cursor.value() : null;
            }
        }

        @Override
        public long size() {
            return this.state.size();
        }

        @Override
        public @Nullable BooleanSupplier cursor() {
            return this.state.cursor()::advance;
        }

        @Override
        public void forEach(BiConsumer<Object, Object> target) {
            drainInOrder(this.state.cursor(), target);
        }

    }

}
