package io.flowstate.samples.orders;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;

import io.flowstate.azure.Azurite;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import org.springframework.util.FileSystemUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Runs the packaged sample as a process, kills it with SIGKILL again and again, deletes
 * all that it had on the local disk, starts it elsewhere, and compares what it knows in
 * the end with what another program makes of the stream.
 */
@ExtendWith(Azurite.class)
class SurvivesKillIT {

    private static final int ORDERS = 12_000;

    private static final int RATE = 1500;

    private static final int KILLS = 3;

    private static final Duration TIMEOUT = Duration.ofMinutes(2);

    private static final Duration POLL_INTERVAL = Duration.ofMillis(50);

    @TempDir
    private Path machines;

    private final String container = "orders-" + UUID.randomUUID();

    private int machine;

    private long repeatedOrders;

    @Test
    void everyTotalIsRightAfterKillsAndTheLossOfTheLocalDirectories() throws IOException {
        long seed = System.nanoTime();
        System.out.println("orders-azure SurvivesKillIT: seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);

        Seen seen = new Seen(0, 0, "");
        for (int kill = 0; kill < KILLS; kill++) {
            int part = ORDERS / (KILLS + 1);
            long earliest = kill * part + 1 + random.nextLong(part);
            Path directory = newMachine();
            try (OrdersProcess process = start(directory)) {
                long recovered = recovered(process, seen);
                seen = awaitProgress(process, (now) -> now.orders() >= earliest && now.checkpoint() > recovered);
                assertThat(process.kill()).isEqualTo(OrdersProcess.EXIT_CODE_OF_SIGKILL);
            }
            FileSystemUtils.deleteRecursively(directory);
        }
        try (OrdersProcess process = start(newMachine())) {
            recovered(process, seen);
            awaitProgress(process, (now) -> now.status().equals("DONE"));
            checkTotals(process);
            checkOrdersByTime(process);
            assertThat(process.terminate()).isEqualTo(OrdersProcess.EXIT_CODE_OF_SIGTERM);
        }
        System.out.printf("orders-azure SurvivesKillIT: %d kills, %d orders of %d read again, all totals are right%n",
                KILLS, this.repeatedOrders, ORDERS);
    }

    private Path newMachine() throws IOException {
        return Files.createDirectory(this.machines.resolve("machine-" + this.machine++));
    }

    private OrdersProcess start(Path directory) {
        return OrdersProcess.start(directory, Azurite.connectionString(), "--orders.count=" + ORDERS,
                "--orders.rate=" + RATE, "--flowstate.azure.container=" + this.container,
                "--flowstate.azure.lease-duration=2s", "--flowstate.checkpoint.interval=300ms");
    }

    /**
     * Checks that the start has found the newest checkpoint that was seen, or a later
     * one.
     * @return the version that it has found
     */
    private long recovered(OrdersProcess process, Seen beforeKill) {
        JsonNode progress = process.getJson("/progress");
        long checkpoint = progress.path("recoveredCheckpoint").asLong(0);
        long orders = progress.path("recoveredOrders").asLong();
        assertThat(checkpoint).isGreaterThanOrEqualTo(beforeKill.checkpoint());
        if (checkpoint > 0) {
            assertThat(orders).isPositive();
            assertThat(process.console())
                .anyMatch((line) -> line.endsWith("recovered checkpoint " + checkpoint + ": " + orders + " orders"));
            this.repeatedOrders += Math.max(0, beforeKill.orders() - orders);
        }
        return checkpoint;
    }

    private static Seen awaitProgress(OrdersProcess process, Predicate<Seen> condition) {
        return await().atMost(TIMEOUT).pollInterval(POLL_INTERVAL).until(() -> {
            JsonNode progress = process.getJson("/progress");
            return new Seen(progress.path("orders").asLong(), progress.path("lastCheckpoint").asLong(0),
                    progress.path("status").asString());
        }, condition);
    }

    private static void checkTotals(OrdersProcess process) {
        Map<String, Long> cents = new HashMap<>();
        Map<String, Long> orders = new HashMap<>();
        for (long n = 0; n < ORDERS; n++) {
            String customer = "customer-" + n * 7919 % 997;
            cents.merge(customer, n * 31 % 9973 + 1, Long::sum);
            orders.merge(customer, 1L, Long::sum);
        }

        JsonNode totals = process.getJson("/totals?n=1000000");

        assertThat(totals).hasSameSizeAs(cents.keySet());
        long previous = Long.MAX_VALUE;
        for (JsonNode total : totals) {
            String customer = total.path("customer").asString();
            assertThat(total.path("cents").asLong()).as(customer)
                .isEqualTo(cents.get(customer))
                .isLessThanOrEqualTo(previous);
            assertThat(total.path("orders").asLong()).as(customer).isEqualTo(orders.get(customer));
            previous = total.path("cents").asLong();
        }
        assertThat(process.getJson("/totals/customer-5").path("cents").asLong()).isEqualTo(cents.get("customer-5"));
        assertThat(process.getJson("/totals/nobody").path("orders").asLong()).isZero();
        assertThat(process.get("/totals?n=0").statusCode()).isEqualTo(400);
    }

    private static void checkOrdersByTime(OrdersProcess process) {
        Instant first = Instant.parse("2026-01-01T00:00:00Z");
        TreeMap<Instant, TreeMap<Long, Long>> expected = new TreeMap<>();
        for (long n = 0; n < ORDERS; n++) {
            expected.computeIfAbsent(first.plusSeconds(n - n * 37 % 120), (at) -> new TreeMap<>())
                .put(n, n * 31 % 9973 + 1);
        }
        StringBuilder all = new StringBuilder();
        expected.values().forEach((sameTime) -> sameTime.forEach((n, cents) -> all.append(n + " " + cents + "\n")));

        StringBuilder found = new StringBuilder();
        for (JsonNode order : process.getJson("/orders?n=1000000")) {
            found.append(order.path("number").asLong() + " " + order.path("cents").asLong() + "\n");
        }

        assertThat(found.toString()).isEqualTo(all.toString());
        long inAnHour = expected.subMap(first.plusSeconds(3600), first.plusSeconds(7200))
            .values()
            .stream()
            .mapToLong(TreeMap::size)
            .sum();
        assertThat(process.getJson("/orders?from=2026-01-01T01:00:00Z&to=2026-01-01T02:00:00Z&n=1000000"))
            .hasSize((int) inAnHour);
    }

    /**
     * What the sample said of itself.
     *
     * @param orders how many orders it had read
     * @param checkpoint its newest checkpoint, 0 for none
     * @param status what it was doing
     */
    private record Seen(long orders, long checkpoint, String status) {
    }

}
