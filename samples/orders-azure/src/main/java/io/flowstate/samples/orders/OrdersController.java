package io.flowstate.samples.orders;

import java.time.Instant;
import java.util.List;

import io.flowstate.samples.orders.OrderBook.CustomerTotal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** Answers questions about the orders, also while they arrive. */
@RestController
final class OrdersController {

    private static final Logger logger = LoggerFactory.getLogger(OrdersController.class);

    private final OrderBook book;

    private final OrderReader reader;

    OrdersController(OrderBook book, OrderReader reader) {
        this.book = book;
        this.reader = reader;
    }

    @EventListener
    void announce(ApplicationReadyEvent event) {
        logger.info("ask at http://localhost:{}/totals",
                event.getApplicationContext().getEnvironment().getProperty("local.server.port"));
    }

    @GetMapping("/totals/{customer}")
    CustomerTotal total(@PathVariable String customer) {
        return CustomerTotal.of(customer, this.book.total(customer));
    }

    @GetMapping("/totals")
    List<CustomerTotal> totals(@RequestParam(defaultValue = "20") int n) {
        check(n);
        return this.book.highest(n);
    }

    @GetMapping("/orders")
    List<Order> orders(@RequestParam(defaultValue = "2000-01-01T00:00:00Z") Instant from,
            @RequestParam(defaultValue = "3000-01-01T00:00:00Z") Instant to, @RequestParam(defaultValue = "20") int n) {
        check(n);
        return this.book.between(from, to, n);
    }

    private static void check(int n) {
        if (n < 1) {
            throw new ResponseStatusException(HttpStatus.BAD_REQUEST, "n must be at least 1, but was " + n);
        }
    }

    @GetMapping("/progress")
    OrderReader.Progress progress() {
        return this.reader.progress();
    }

}
