package io.flowstate.samples.orders;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * Follows a stream of orders, and answers questions about them while it does.
 *
 * <pre>
 *   --orders.count=N  how many orders there are (default 1000000)
 *   --orders.rate=N   orders a second, 0 for as fast as possible (default 500)
 * </pre>
 */
@SpringBootApplication(proxyBeanMethods = false)
@EnableConfigurationProperties(OrdersProperties.class)
public final class OrdersApplication {

    /**
     * Starts the sample.
     * @param args the options above, and any of Spring Boot's
     */
    public static void main(String[] args) {
        SpringApplication.run(OrdersApplication.class, args);
    }

    @Bean
    OrderReader orderReader(OrderBook book, OrdersProperties properties) {
        return new OrderReader(book, properties, System::nanoTime);
    }

}
