package io.flowstate.samples.orders;

import io.flowstate.serialization.Serializer;
import io.flowstate.serialization.Serializers;

/**
 * What a customer has ordered so far.
 *
 * @param orders how many orders
 * @param cents for how much in all
 */
record Total(long orders, long cents) {

    static final Total NOTHING = new Total(0, 0);

    static final Serializer<Total> SERIALIZER = Serializers.composite(Serializers.int64(), Total::orders,
            Serializers.int64(), Total::cents, Total::new);

    Total plus(Total other) {
        return new Total(this.orders + other.orders, this.cents + other.cents);
    }

}
