package io.flowstate.torture;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;

import io.flowstate.StateManager;
import io.flowstate.StateScope;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.AppendState;
import io.flowstate.state.QueueState;
import io.flowstate.state.SortedMapState;
import io.flowstate.state.StateCursor;
import io.flowstate.storage.StateInterruptedException;
import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A thread that changes keys of its own in a sorted map that all share, and a queue and
 * an append log of its own, beside collections that believe what it is told. What goes
 * page by page may be done in part when it is interrupted: then each key is as it was or
 * as it should become.
 */
final class PagedInterruptedWorker extends InterruptedWorker {

    private static final int KEYS = 60; // of each worker

    private static final int LONGEST = 60; // of queue and log, about

    private final int first; // of its keys

    private final int number;

    private final TreeMap<Integer, byte[]> entries = new TreeMap<>();

    private final ArrayDeque<byte[]> elements = new ArrayDeque<>();

    private TreeMap<Long, byte[]> appended = new TreeMap<>();

    private long nextAppended;

    private @Nullable StateManager manager;

    private @Nullable SortedMapState<Integer, byte[]> map;

    private @Nullable QueueState<byte[]> queue;

    private @Nullable AppendState<Long, byte[]> log;

    PagedInterruptedWorker(StateManager manager, int number, SplittableRandom random, AtomicBoolean finished) {
        super(random, finished);
        this.number = number;
        this.first = number * 1000;
        open(manager);
    }

    void open(StateManager opened) {
        this.manager = opened;
        StateScope scope = opened.scope("interrupt");
        this.map = scope.sortedMap("sorted", Serializers.int32(), Serializers.bytes());
        this.queue = scope.queue("queue " + this.number, Serializers.bytes());
        this.log = scope.append("log " + this.number, Serializers.int64(), Serializers.bytes());
    }

    private StateManager manager() {
        return Objects.requireNonNull(this.manager);
    }

    private SortedMapState<Integer, byte[]> map() {
        return Objects.requireNonNull(this.map);
    }

    private QueueState<byte[]> queue() {
        return Objects.requireNonNull(this.queue);
    }

    private AppendState<Long, byte[]> log() {
        return Objects.requireNonNull(this.log);
    }

    @Override
    String nextKind() {
        int kind = this.random.nextInt(100);
        return (kind < 35) ? "sorted map"
                : (kind < 55) ? "queue" : (kind < 70) ? "append log" : (kind < 84) ? "unit" : (kind < 90) ? "range"
                        : (kind < 95) ? "putAll" : (kind < 97) ? "checkpoint" : (kind < 99) ? "prune" : "walk";
    }

    @Override
    void callOnce(String kind) {
        switch (kind) {
            case "sorted map" -> changeMap();
            case "queue" -> changeQueue();
            case "append log" -> append();
            case "unit" -> manager().update(() -> {
                for (int turn = this.random.nextInt(4); turn >= 0; turn--) {
                    changeMap();
                    changeQueue();
                }
            });
            case "range" -> removeRange();
            case "putAll" -> putAll();
            case "checkpoint" -> manager().checkpoint();
            case "prune" -> prune();
            default -> checkAll();
        }
    }

    private byte[] value() {
        byte[] value = new byte[this.random.nextInt((this.random.nextInt(20) == 0) ? 10_000 : 1_800)];
        Arrays.fill(value, (byte) this.random.nextInt());
        return value;
    }

    private int key() {
        return this.first + this.random.nextInt(KEYS);
    }

    private void changeMap() {
        int key = key();
        byte[] value = value();
        switch (this.random.nextInt(6)) {
            case 0, 1, 2 -> {
                map().put(key, value);
                this.entries.put(key, value);
            }
            case 3 -> {
                map().remove(key);
                this.entries.remove(key);
            }
            case 4 -> {
                byte[] found = map().compute(key, (same, old) -> (old != null) ? null : value);
                assertThat(found).isEqualTo(this.entries.compute(key, (same, old) -> (old != null) ? null : value));
            }
            default -> assertThat(map().get(key)).as("key %d", key).isEqualTo(this.entries.get(key));
        }
    }

    private void changeQueue() {
        byte[] value = value();
        switch ((this.elements.size() > LONGEST) ? 2 + this.random.nextInt(2) : this.random.nextInt(5)) {
            case 0 -> {
                queue().addLast(value);
                this.elements.addLast(value);
            }
            case 1 -> {
                queue().addFirst(value);
                this.elements.addFirst(value);
            }
            case 2 -> {
                byte[] taken = queue().pollFirst();
                assertThat(taken).isEqualTo(this.elements.pollFirst());
            }
            case 3 -> {
                byte[] taken = queue().pollLast();
                assertThat(taken).isEqualTo(this.elements.pollLast());
            }
            default -> assertThat(queue().peekFirst()).isEqualTo(this.elements.peekFirst());
        }
    }

    private void append() {
        if (this.appended.size() > LONGEST) {
            prune();
            return;
        }
        byte[] value = value();
        log().append(this.nextAppended, value);
        this.appended.put(this.nextAppended++, value);
    }

    private void removeRange() {
        int from = key();
        int to = Math.min(from + 10, this.first + KEYS);
        TreeMap<Integer, byte @Nullable []> become = new TreeMap<>();
        for (int key = from; key < to; key++) {
            become.put(key, null);
        }
        inPart(() -> map().removeRange(from, to), become);
    }

    private void putAll() {
        TreeMap<Integer, byte[]> put = new TreeMap<>();
        for (int turn = this.random.nextInt(15); turn >= 0; turn--) {
            put.put(key(), value());
        }
        inPart(() -> map().putAll(put), new TreeMap<>(put));
    }

    /** Makes a call that may have been done in part if it is interrupted. */
    private void inPart(Runnable call, Map<Integer, byte @Nullable []> become) {
        try {
            call.run();
        }
        catch (StateInterruptedException ex) {
            become.replaceAll((key, value) -> {
                byte[] found = map().get(key);
                if (!Arrays.equals(found, value)) {
                    assertThat(found).as("key %d, which was not changed", key).isEqualTo(this.entries.get(key));
                }
                return found;
            });
            become(become);
            throw ex;
        }
        become(become);
    }

    private void become(Map<Integer, byte @Nullable []> become) {
        become.forEach((key, value) -> {
            if (value != null) {
                this.entries.put(key, value);
            }
            else {
                this.entries.remove(key);
            }
        });
    }

    private void prune() {
        if (this.appended.isEmpty()) {
            return;
        }
        long bound = this.appended.firstKey() + this.random.nextInt(LONGEST);
        TreeMap<Long, byte[]> become = new TreeMap<>(this.appended.tailMap(bound));
        try {
            log().pruneBefore(bound);
        }
        catch (StateInterruptedException ex) {
            Map<Long, byte[]> found = logged();
            assertThat(found.keySet()).containsAll(become.keySet());
            assertThat(this.appended.keySet()).containsAll(found.keySet());
            this.appended.keySet().retainAll(found.keySet());
            throw ex;
        }
        this.appended = become;
    }

    private Map<Long, byte[]> logged() {
        TreeMap<Long, byte[]> found = new TreeMap<>();
        try (StateCursor<Long, byte[]> cursor = log().cursor()) {
            while (cursor.advance()) {
                found.put(cursor.key(), cursor.value());
            }
        }
        return found;
    }

    @Override
    void checkAll() {
        TreeMap<Integer, byte[]> found = new TreeMap<>();
        try (StateCursor<Integer, byte[]> cursor = map().range(this.first, this.first + KEYS)) {
            while (cursor.advance()) {
                found.put(cursor.key(), cursor.value());
            }
        }
        same(found, this.entries);
        same(logged(), this.appended);
        List<byte[]> line = new ArrayList<>();
        queue().forEach(line::add);
        assertThat(line).hasSameSizeAs(this.elements);
        int index = 0;
        for (byte[] element : this.elements) {
            assertThat(line.get(index++)).isEqualTo(element);
        }
    }

    private static <K> void same(Map<K, byte[]> found, Map<K, byte[]> expected) {
        assertThat(found.keySet()).isEqualTo(expected.keySet());
        found.forEach((key, bytes) -> assertThat(bytes).as("key %s", key).isEqualTo(expected.get(key)));
    }

}
