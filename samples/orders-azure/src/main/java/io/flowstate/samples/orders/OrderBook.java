package io.flowstate.samples.orders;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.StateScope;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.MapState;
import io.flowstate.state.SortedMapState;
import io.flowstate.state.StateCursor;
import io.flowstate.state.ValueState;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * The state of the sample: totals, orders by time, and the position in the stream. It
 * lies in a blob container, which nothing here knows.
 */
@Component
final class OrderBook {

    private final StateManager state;

    private final MapState<String, Total> totals;

    private final SortedMapState<Order.Key, Order> byTime;

    private final ValueState<Long> position;

    OrderBook(StateManager state) {
        this.state = state;
        StateScope scope = state.scope("orders");
        this.totals = scope.map("totals", Serializers.string(), Total.SERIALIZER);
        this.byTime = scope.sortedMap("by-time", Order.Key.SERIALIZER, Order.SERIALIZER);
        this.position = scope.value("position", Serializers.int64());
    }

    /** The number of the order that comes next. */
    long position() {
        Long next = this.position.get();
        return (next != null) ? next : 0;
    }

    /** The newest checkpoint; right after the start the one that was recovered. */
    @Nullable Long checkpointVersion() {
        return this.state.lastCheckpoint().map(Checkpoint::version).orElse(null);
    }

    /**
     * Adds an order, and moves on: a checkpoint has all of it or nothing.
     * @param order the order at {@link #position()}
     */
    void add(Order order) {
        this.state.update(() -> {
            this.totals.merge(order.customer(), new Total(1, order.cents()), Total::plus);
            this.byTime.put(order.key(), order);
            this.position.set(order.number() + 1);
        });
    }

    long checkpoint() {
        return this.state.checkpoint().version();
    }

    Total total(String customer) {
        Total total = this.totals.get(customer);
        return (total != null) ? total : Total.NOTHING;
    }

    /** The customers with the highest totals, those first. */
    List<CustomerTotal> highest(int n) {
        PriorityQueue<CustomerTotal> highest = new PriorityQueue<>(CustomerTotal.BY_CENTS);
        this.totals.forEach((customer, total) -> {
            highest.add(CustomerTotal.of(customer, total));
            if (highest.size() > n) {
                highest.remove();
            }
        });
        return highest.stream().sorted(CustomerTotal.BY_CENTS.reversed()).toList();
    }

    /** The first orders of a time, by time. */
    List<Order> between(Instant from, Instant to, int n) {
        List<Order> found = new ArrayList<>();
        try (StateCursor<Order.Key, Order> cursor = this.byTime.range(new Order.Key(from, 0), new Order.Key(to, 0))) {
            while (found.size() < n && cursor.advance()) {
                found.add(cursor.value());
            }
        }
        return found;
    }

    /**
     * The total of a customer, with its name.
     *
     * @param customer whose
     * @param orders how many orders
     * @param cents for how much in all
     */
    record CustomerTotal(String customer, long orders, long cents) {

        static final Comparator<CustomerTotal> BY_CENTS = Comparator.comparingLong(CustomerTotal::cents)
            .thenComparing(CustomerTotal::customer, Comparator.reverseOrder());

        static CustomerTotal of(String customer, Total total) {
            return new CustomerTotal(customer, total.orders(), total.cents());
        }

    }

}
