package io.flowstate.azure;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Plain collections, which tell what a store must hold. */
final class OrdersModel implements Orders {

    final Map<String, String> map = new TreeMap<>();

    final Map<String, Long> counters = new TreeMap<>();

    final Map<Long, String> byTime = new TreeMap<>();

    final List<String> queue = new ArrayList<>();

    long position;

    /** What a workload has made of nothing. */
    static OrdersModel of(OrdersWorkload workload, long position) {
        OrdersModel model = new OrdersModel();
        model.continueWith(workload, position);
        return model;
    }

    void continueWith(OrdersWorkload workload, long end) {
        for (long index = this.position; index < end; index++) {
            workload.apply(index, this);
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
        this.counters.merge(key, count, Long::sum);
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
        this.queue.add(item);
    }

    @Override
    public void dequeue() {
        if (!this.queue.isEmpty()) {
            this.queue.remove(0);
        }
    }

    @Override
    public void clear() {
        this.byTime.clear();
    }

    @Override
    public void position(long newPosition) {
        this.position = newPosition;
    }

    /** Where another one differs, in a few words; empty if it does not. */
    List<String> differences(OrdersModel other) {
        List<String> differences = new ArrayList<>();
        if (this.position != other.position) {
            differences.add("position " + other.position + " and not " + this.position);
        }
        compare("map", this.map, other.map, differences);
        compare("counters", this.counters, other.counters, differences);
        compare("by-time", this.byTime, other.byTime, differences);
        if (!this.queue.equals(other.queue)) {
            differences.add("queue of " + other.queue.size() + " and not the expected of " + this.queue.size());
        }
        return differences;
    }

    private static <K, V> void compare(String state, Map<K, V> expected, Map<K, V> found, List<String> differences) {
        Map<K, V> all = new TreeMap<>(expected);
        all.putAll(found);
        for (K key : all.keySet()) {
            V wanted = expected.get(key);
            V there = found.get(key);
            if ((wanted == null || !wanted.equals(there)) && differences.size() < 10) {
                differences.add(state + "[" + key + "] is " + shortened(there) + " and not " + shortened(wanted));
            }
        }
    }

    private static <V> String shortened(V value) {
        String text = String.valueOf(value);
        return (text.length() > 40) ? text.substring(0, 40) + "... (" + text.length() + ")" : text;
    }

}
