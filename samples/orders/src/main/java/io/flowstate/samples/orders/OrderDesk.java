package io.flowstate.samples.orders;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import io.flowstate.StateManager;
import io.flowstate.StateScope;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.CounterState;
import io.flowstate.state.QueueState;
import io.flowstate.state.SortedMapState;
import io.flowstate.state.StateCursor;
import org.jspecify.annotations.Nullable;

/**
 * Takes orders and ships them, first come, first served.
 */
final class OrderDesk {

    private final StateManager state;

    private final SortedMapState<Order.Placed, Order> byTime;

    private final QueueState<Order.Placed> toShip;

    private final CounterState<String> counts;

    OrderDesk(StateManager state) {
        this.state = state;
        StateScope orders = state.scope("orders");
        this.byTime = orders.sortedMap("by-time", Order.Placed.SERIALIZER, Order.SERIALIZER);
        this.toShip = orders.queue("to-ship", Order.Placed.SERIALIZER);
        this.counts = orders.counters("counts", Serializers.string());
    }

    /** Takes an order. A checkpoint has all that is changed here, or nothing of it. */
    Order place(String item, long cents, Instant now) {
        Order[] placed = new Order[1];
        this.state.update(() -> {
            Order order = new Order(new Order.Placed(now, this.counts.add("numbers", 1)), item, cents);
            this.byTime.put(order.placed(), order);
            this.toShip.addLast(order.placed());
            this.counts.add("cents to ship", cents);
            placed[0] = order;
        });
        return placed[0];
    }

    /**
     * Ships the order that waits longest.
     * @return the order, null if none waits
     */
    @Nullable Order ship() {
        Order[] shipped = new Order[1];
        this.state.update(() -> {
            Order.Placed next = this.toShip.pollFirst();
            Order order = (next != null) ? this.byTime.get(next) : null;
            if (order != null) {
                this.counts.add("cents to ship", -order.cents());
                shipped[0] = order;
            }
        });
        return shipped[0];
    }

    /** The orders of a span of time, oldest first. */
    List<Order> placedBetween(Instant from, Instant to) {
        List<Order> orders = new ArrayList<>();
        try (StateCursor<Order.Placed, Order> cursor = this.byTime.range(new Order.Placed(from, 0),
                new Order.Placed(to, 0))) {
            while (cursor.advance()) {
                orders.add(cursor.value());
            }
        }
        return orders;
    }

    /** How many orders wait. */
    long waiting() {
        return this.toShip.size();
    }

    /** What the orders that wait are worth. */
    long centsToShip() {
        return this.counts.get("cents to ship");
    }

}
