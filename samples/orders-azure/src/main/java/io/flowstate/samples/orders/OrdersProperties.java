package io.flowstate.samples.orders;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.Assert;

/**
 * What is read, and how quickly.
 *
 * @param count How many orders there are.
 * @param rate Orders a second, 0 for as fast as possible.
 */
@ConfigurationProperties("orders")
record OrdersProperties(@DefaultValue("1000000") long count, @DefaultValue("500") int rate) {

    OrdersProperties {
        Assert.isTrue(count >= 0, () -> "orders.count must not be negative, but was " + count);
        Assert.isTrue(rate >= 0, () -> "orders.rate must not be negative, but was " + rate);
    }

}
