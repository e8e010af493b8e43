package io.flowstate.samples.orders;

import java.time.Instant;

import io.flowstate.serialization.Serializer;
import io.flowstate.serialization.Serializers;

/**
 * An order.
 *
 * @param placed when it was placed, and its number
 * @param item what was ordered
 * @param cents its price
 */
record Order(Placed placed, String item, long cents) {

    static final Serializer<Order> SERIALIZER = Serializers.composite(Placed.SERIALIZER, Order::placed,
            Serializers.string(), Order::item, Serializers.int64(), Order::cents, Order::new);

    /**
     * What orders are kept by: in the order of time, and of numbers at the same time.
     *
     * @param at when
     * @param number the number of the order
     */
    record Placed(Instant at, long number) {

        static final Serializer<Placed> SERIALIZER = Serializers.composite(Serializers.instant(), Placed::at,
                Serializers.int64(), Placed::number, Placed::new);

    }

}
