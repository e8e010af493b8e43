package io.flowstate.samples.orders;

import java.time.Instant;

import io.flowstate.serialization.Serializer;
import io.flowstate.serialization.Serializers;

/**
 * One order of the stream.
 *
 * @param number its place in the stream, from 0
 * @param customer who has ordered
 * @param at when; orders arrive up to two minutes late
 * @param cents for how much
 */
record Order(long number, String customer, Instant at, long cents) {

    static final Serializer<Order> SERIALIZER = Serializers.composite(Serializers.int64(), Order::number,
            Serializers.string(), Order::customer, Serializers.instant(), Order::at, Serializers.int64(), Order::cents,
            Order::new);

    private static final Instant FIRST = Instant.parse("2026-01-01T00:00:00Z");

    /**
     * Reads an order of the stream, which stands for a topic or a queue: the same number
     * gives the same order each time.
     * @param number its place
     * @return the order
     */
    static Order read(long number) {
        return new Order(number, "customer-" + number * 7919 % 997, FIRST.plusSeconds(number - number * 37 % 120),
                number * 31 % 9973 + 1);
    }

    Key key() {
        return new Key(this.at, this.number);
    }

    /**
     * Where an order stands among all, by time.
     *
     * @param at when
     * @param number its place in the stream, of those at the same time
     */
    record Key(Instant at, long number) {

        static final Serializer<Key> SERIALIZER = Serializers.composite(Serializers.instant(), Key::at,
                Serializers.int64(), Key::number, Key::new);

    }

}
