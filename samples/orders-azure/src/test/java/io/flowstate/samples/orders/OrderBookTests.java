package io.flowstate.samples.orders;

import java.nio.file.Path;
import java.time.Instant;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.samples.orders.OrderBook.CustomerTotal;
import io.flowstate.storage.Storage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests {@link OrderBook} on temporary files: it does not know where the state lies. */
class OrderBookTests {

    private static final Instant NOON = Instant.parse("2026-11-25T12:00:00Z");

    @TempDir
    private Path directory;

    @Test
    void totalsAndOrdersByTimeFollowTheStream() {
        try (StateManager state = StateManager
            .open(StateManagerOptions.builder().persistentStorage(Storage.temporary(this.directory)).build())) {
            OrderBook book = new OrderBook(state);
            assertThat(book.position()).isZero();
            Order late = new Order(2, "alice", NOON.minusSeconds(1), 30);
            Order first = new Order(0, "alice", NOON, 10);
            Order second = new Order(1, "bob", NOON, 25);

            book.add(first);
            book.add(second);
            book.add(late);

            assertThat(book.position()).isEqualTo(3);
            assertThat(book.total("alice")).isEqualTo(new Total(2, 40));
            assertThat(book.total("nobody")).isEqualTo(new Total(0, 0));
            assertThat(book.highest(1)).containsExactly(new CustomerTotal("alice", 2, 40));
            assertThat(book.highest(5)).containsExactly(new CustomerTotal("alice", 2, 40),
                    new CustomerTotal("bob", 1, 25));
            assertThat(book.between(Instant.EPOCH, NOON.plusSeconds(1), 10)).containsExactly(late, first, second);
            assertThat(book.between(NOON, NOON.plusSeconds(1), 1)).containsExactly(first);
            assertThat(book.between(Instant.EPOCH, NOON, 10)).containsExactly(late);
            assertThat(book.checkpoint()).isEqualTo(1);
            assertThat(book.checkpointVersion()).isEqualTo(1);
        }
    }

    @Test
    void theStreamGivesTheSameOrderEachTime() {
        assertThat(Order.read(1000)).isEqualTo(Order.read(1000))
            .isEqualTo(new Order(1000, "customer-826", Instant.parse("2026-01-01T00:16:00Z"), 1082));
    }

}
