package io.flowstate.internal.tree;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;

import io.flowstate.internal.page.PagedState;
import io.flowstate.serialization.Serializer;
import io.flowstate.serialization.SerializerInput;
import io.flowstate.serialization.SerializerOutput;
import io.flowstate.state.StateCursor;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a tree, as typed keys and values. Serializers and users' functions run
 * outside of all actions, with nothing held.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the values
 */
final class TreeEntries<K, V> {

    /** So many entries of a batch are worked on at once ... */
    private static final int BATCH = 64;

    /** ... or fewer, if they have so many bytes. */
    private static final int BATCH_BYTES = 1 << 20;

    private final PageTree tree;

    private final Serializer<K> keys;

    private final Serializer<V> values;

    TreeEntries(PagedState state, Serializer<K> keys, Serializer<V> values) {
        this.tree = new PageTree(state);
        this.keys = keys;
        this.values = values;
    }

    /** Takes an operation, to be given back, and gives it a key. */
    private TreeOperation begin(K key) {
        Objects.requireNonNull(key, "key");
        TreeOperation operation = this.tree.take();
        try {
            this.keys.write(key, operation.key());
        }
        catch (Throwable ex) {
            this.tree.giveBack(operation);
            throw ex;
        }
        return operation;
    }

    private TreeOperation begin(K key, V value) {
        Objects.requireNonNull(value, "value");
        TreeOperation operation = begin(key);
        try {
            this.values.write(value, operation.newValue());
        }
        catch (Throwable ex) {
            this.tree.giveBack(operation);
            throw ex;
        }
        return operation;
    }

    /** The bytes of a key. */
    byte[] bytes(K key) {
        Objects.requireNonNull(key, "key");
        SerializerOutput output = new SerializerOutput(16);
        this.keys.write(key, output);
        return output.toByteArray();
    }

    /** Compares keys by their bytes. */
    int compare(K key, K other) {
        return Arrays.compareUnsigned(bytes(key), bytes(other));
    }

    long size() {
        return this.tree.size();
    }

    void clear() {
        this.tree.clear();
    }

    @Nullable V get(K key) {
        TreeOperation operation = begin(key);
        try {
            return this.tree.get(operation) ? this.values.read(operation.valueInput()) : null;
        }
        finally {
            this.tree.giveBack(operation);
        }
    }

    <R> @Nullable R read(K key, Function<? super ByteBuffer, ? extends @Nullable R> reader) {
        Objects.requireNonNull(reader, "reader");
        TreeOperation operation = begin(key);
        try {
            return this.tree.get(operation) ? reader.apply(operation.valueView()) : null;
        }
        finally {
            this.tree.giveBack(operation);
        }
    }

    boolean containsKey(K key) {
        TreeOperation operation = begin(key);
        try {
            return this.tree.contains(operation);
        }
        finally {
            this.tree.giveBack(operation);
        }
    }

    void put(K key, V value) {
        TreeOperation operation = begin(key, value);
        try {
            this.tree.put(operation);
        }
        finally {
            this.tree.giveBack(operation);
        }
    }

    /** Adds an entry behind all others; false if its key is not greater than theirs. */
    boolean append(K key, V value) {
        TreeOperation operation = begin(key, value);
        try {
            return this.tree.append(operation);
        }
        finally {
            this.tree.giveBack(operation);
        }
    }

    void remove(K key) {
        TreeOperation operation = begin(key);
        try {
            this.tree.remove(operation);
        }
        finally {
            this.tree.giveBack(operation);
        }
    }

    @Nullable V compute(K key, BiFunction<? super K, ? super @Nullable V, ? extends @Nullable V> function) {
        Objects.requireNonNull(function, "function");
        TreeOperation operation = begin(key);
        try {
            while (true) {
                V old = this.tree.get(operation) ? this.values.read(operation.valueInput()) : null;
                V updated = function.apply(key, old);
                if (setComputed(operation, old, updated)) {
                    return updated;
                }
            }
        }
        finally {
            this.tree.giveBack(operation);
        }
    }

    /**
     * Sets what was computed.
     * @return false if another thread was faster
     */
    private boolean setComputed(TreeOperation operation, @Nullable V old, @Nullable V updated) {
        if (updated == null) {
            return old == null || this.tree.removeRead(operation);
        }
        operation.newValue().clear();
        this.values.write(updated, operation.newValue());
        return this.tree.replaceRead(operation);
    }

    void getAll(Iterable<? extends K> wanted, BiConsumer<? super K, ? super @Nullable V> consumer) {
        Objects.requireNonNull(consumer, "consumer");
        List<K> batch = new ArrayList<>(BATCH);
        for (K key : wanted) {
            batch.add(Objects.requireNonNull(key, "key"));
            if (batch.size() == BATCH) {
                getBatch(batch, consumer);
                batch.clear();
            }
        }
        if (!batch.isEmpty()) {
            getBatch(batch, consumer);
        }
    }

    private void getBatch(List<K> batch, BiConsumer<? super K, ? super @Nullable V> consumer) {
        List<TreeOperation> taken = new ArrayList<>(batch.size());
        try {
            for (K key : batch) {
                taken.add(begin(key));
            }
            this.tree.getAll(taken);
            for (int i = 0; i < taken.size(); i++) {
                TreeOperation operation = taken.get(i);
                if (operation.large) {
                    this.tree.get(operation);
                }
                consumer.accept(batch.get(i), operation.present ? this.values.read(operation.valueInput()) : null);
            }
        }
        finally {
            giveBack(taken);
        }
    }

    void putAll(Map<? extends K, ? extends V> entries) {
        List<TreeOperation> taken = new ArrayList<>(BATCH);
        try {
            long bytes = 0;
            for (Map.Entry<? extends K, ? extends V> entry : entries.entrySet()) {
                TreeOperation operation = begin(entry.getKey(), entry.getValue());
                taken.add(operation);
                bytes += operation.key().length() + operation.newValue().length();
                if (taken.size() == BATCH || bytes >= BATCH_BYTES) {
                    this.tree.putAll(taken);
                    giveBack(taken);
                    bytes = 0;
                }
            }
            this.tree.putAll(taken);
        }
        finally {
            giveBack(taken);
        }
    }

    /** Each once, whatever giving one back throws. */
    private void giveBack(List<TreeOperation> taken) {
        while (!taken.isEmpty()) {
            this.tree.giveBack(taken.remove(taken.size() - 1));
        }
    }

    /** The first or last entry of a range. */
    Map.@Nullable Entry<K, V> edge(KeyRange range, boolean last) {
        TreeOperation operation = this.tree.take();
        try {
            return (!range.isEmpty() && this.tree.edge(operation, range, last)) ? found(operation) : null;
        }
        finally {
            this.tree.giveBack(operation);
        }
    }

    /** Takes the first or last entry of a range. */
    Map.@Nullable Entry<K, V> poll(KeyRange range, boolean last) {
        TreeOperation operation = this.tree.take();
        try {
            return (!range.isEmpty() && this.tree.poll(operation, range, last)) ? found(operation) : null;
        }
        finally {
            this.tree.giveBack(operation);
        }
    }

    private Map.Entry<K, V> found(TreeOperation operation) {
        K key = this.keys.read(operation.foundKeyInput());
        return Map.entry(key, this.values.read(operation.valueInput()));
    }

    void removeRange(KeyRange range) {
        this.tree.removeRange(range);
    }

    long count(KeyRange range) {
        return this.tree.count(range);
    }

    StateCursor<K, V> cursor(KeyRange range, boolean backward) {
        return new EntryCursor<>(new LeafCursor(this.tree, range, backward), this.keys, this.values);
    }

    private static final class EntryCursor<K, V> implements StateCursor<K, V> {

        private final LeafCursor entries;

        private final Serializer<K> keys;

        private final Serializer<V> values;

        EntryCursor(LeafCursor entries, Serializer<K> keys, Serializer<V> values) {
            this.entries = entries;
            this.keys = keys;
            this.values = values;
        }

        @Override
        public boolean advance() {
            return this.entries.advance();
        }

        @Override
        public K key() {
            SerializerInput bytes = this.entries.key();
            return this.keys.read(bytes);
        }

        @Override
        public V value() {
            SerializerInput bytes = this.entries.value();
            return this.values.read(bytes);
        }

        @Override
        public void close() {
            this.entries.close();
        }

    }

}
