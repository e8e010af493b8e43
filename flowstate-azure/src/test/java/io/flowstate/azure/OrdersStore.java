package io.flowstate.azure;

import io.flowstate.StateManager;
import io.flowstate.StateScope;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.CounterState;
import io.flowstate.state.MapState;
import io.flowstate.state.QueueState;
import io.flowstate.state.SortedMapState;
import io.flowstate.state.ValueState;

/** States of several kinds in an open store. Belongs to one thread. */
final class OrdersStore implements Orders {

    final StateManager manager;

    private final MapState<String, String> map;

    private final CounterState<String> counters;

    private final SortedMapState<Long, String> byTime;

    private final QueueState<String> queue;

    private final ValueState<Long> position;

    OrdersStore(StateManager manager) {
        this.manager = manager;
        StateScope scope = manager.scope("orders");
        this.map = scope.map("totals", Serializers.string(), Serializers.string());
        this.counters = scope.counters("hits", Serializers.string());
        this.byTime = scope.sortedMap("by-time", Serializers.int64(), Serializers.string());
        this.queue = scope.queue("retries", Serializers.string());
        this.position = scope.value("position", Serializers.int64());
        openLongNames(scope);
    }

    /**
     * Opens states that stay empty, with names so long that the metadata of a checkpoint
     * are put together from several blobs.
     */
    private static void openLongNames(StateScope orders) {
        StateScope scope = orders;
        for (int level = 0; level < 7; level++) {
            scope = scope.scope("y".repeat(200));
        }
        for (int number = 0; number < 8; number++) {
            scope.value("z".repeat(199) + number, Serializers.int64());
        }
    }

    /** Goes on from where it is, each operation one unit of work. */
    void continueWith(OrdersWorkload workload, long end) {
        for (long index = position(); index < end; index++) {
            long next = index;
            this.manager.update(() -> workload.apply(next, this));
        }
    }

    @Override
    public void put(String key, String value) {
        this.map.put(key, value);
    }

    @Override
    public void remove(String key) {
        this.map.remove(key);
    }

    @Override
    public void add(String key, long count) {
        this.counters.add(key, count);
    }

    @Override
    public void order(long at, String text) {
        this.byTime.put(at, text);
    }

    @Override
    public void cancel(long at) {
        this.byTime.remove(at);
    }

    @Override
    public void enqueue(String item) {
        this.queue.addLast(item);
    }

    @Override
    public void dequeue() {
        this.queue.pollFirst();
    }

    @Override
    public void clear() {
        this.byTime.clear();
    }

    @Override
    public void position(long newPosition) {
        this.position.set(newPosition);
    }

    long position() {
        Long stored = this.position.get();
        return (stored != null) ? stored : 0;
    }

    /** All that it holds. */
    OrdersModel content() {
        OrdersModel content = new OrdersModel();
        this.map.forEach(content.map::put);
        try (CounterState.Cursor<String> cursor = this.counters.cursor()) {
            while (cursor.advance()) {
                content.counters.put(cursor.key(), cursor.count());
            }
        }
        this.byTime.forEach(content.byTime::put);
        this.queue.forEach(content.queue::add);
        content.position = position();
        return content;
    }

}
