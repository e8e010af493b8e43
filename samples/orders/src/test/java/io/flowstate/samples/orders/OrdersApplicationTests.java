package io.flowstate.samples.orders;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/** Tests {@link OrdersApplication}, each command a run of its own. */
class OrdersApplicationTests {

    private static final Instant MORNING = Instant.parse("2026-01-31T08:00:00Z");

    @TempDir
    private Path directory;

    private Instant now = MORNING;

    private String run(String... command) {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        new OrdersApplication(this.directory, Clock.fixed(this.now, ZoneOffset.UTC),
                new PrintStream(output, true, StandardCharsets.UTF_8))
            .run(List.of(command));
        return output.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    }

    @Test
    void ordersAreListedByTimeAndShippedFirstComeFirstServed() {
        assertThat(run("place", "a pen", "250")).isEqualTo("taken: order 1, a pen for 2.50\n");
        this.now = MORNING.plusSeconds(60);
        run("place", "ink", "1000");
        this.now = MORNING.plusSeconds(120);
        run("place", "paper", "575");

        assertThat(run("list")).isEqualTo("""
                2026-01-31T08:00:00Z: order 1, a pen for 2.50
                2026-01-31T08:01:00Z: order 2, ink for 10.00
                2026-01-31T08:02:00Z: order 3, paper for 5.75
                3 to ship, worth 18.25
                """);
        assertThat(run("list", "2026-01-31T08:01:00Z", "2026-01-31T08:02:00Z")).isEqualTo("""
                2026-01-31T08:01:00Z: order 2, ink for 10.00
                3 to ship, worth 18.25
                """);
        assertThat(run("ship")).isEqualTo("shipped: order 1, a pen for 2.50\n");
        assertThat(run("ship")).isEqualTo("shipped: order 2, ink for 10.00\n");
        assertThat(run("ship")).isEqualTo("shipped: order 3, paper for 5.75\n");
        assertThat(run("ship")).isEqualTo("nothing to ship\n");
        assertThat(run("list")).endsWith("0 to ship, worth 0.00\n");
    }

    @Test
    void aMistakeIsTakenBackAndThatToo() {
        run("place", "a pen", "250");
        run("place", "a pen", "250");
        run("ship");
        assertThat(run("checkpoints").lines()).satisfiesExactly((line) -> assertThat(line).endsWith("after: ship"),
                (line) -> assertThat(line).endsWith("after: place a pen 250"),
                (line) -> assertThat(line).startsWith("1  ").endsWith("after: place a pen 250"));

        assertThat(run("back", "1")).isEqualTo("as after checkpoint 1 again, which is now checkpoint 4\n");
        assertThat(run("list")).endsWith("1 to ship, worth 2.50\n");
        run("back", "3");

        assertThat(run("list").lines()).hasSize(3);
        assertThat(run("ship")).isEqualTo("shipped: order 2, a pen for 2.50\n");
    }

    @Test
    void anUnknownCommandIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> run("steal")).withMessage("no such command: steal");
    }

}
