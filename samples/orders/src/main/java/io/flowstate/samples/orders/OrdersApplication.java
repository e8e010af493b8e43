package io.flowstate.samples.orders;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.storage.Storage;

/**
 * One command a run, on a store that lasts:
 *
 * <pre>
 *   java -jar orders.jar data place "a pen" 250     takes an order of 2.50
 *   java -jar orders.jar data ship                  ships the one that waits longest
 *   java -jar orders.jar data list [FROM [TO]]      orders by time, as 2026-01-31T00:00:00Z
 *   java -jar orders.jar data checkpoints           what can be gone back to
 *   java -jar orders.jar data back VERSION          goes back; can itself be undone
 * </pre>
 */
final class OrdersApplication {

    private static final int KEPT = 20;

    private final Path directory;

    private final Clock clock;

    private final PrintStream out;

    OrdersApplication(Path directory, Clock clock, PrintStream out) {
        this.directory = directory;
        this.clock = clock;
        this.out = out;
    }

    public static void main(String[] args) {
        if (args.length < 2) {
            System.err.println("usage: java -jar orders.jar DIRECTORY place ITEM CENTS | ship | list [FROM [TO]]"
                    + " | checkpoints | back VERSION");
            System.exit(2);
        }
        new OrdersApplication(Path.of(args[0]), Clock.systemUTC(), System.out)
            .run(Arrays.asList(args).subList(1, args.length));
    }

    void run(List<String> command) {
        StateManagerOptions options = StateManagerOptions.builder()
            .persistentStorage(Storage.local(this.directory.resolve("log"), this.directory.resolve("checkpoints")))
            .temporaryDirectory(this.directory.resolve("temp"))
            .memorySize(4L << 20)
            .pageSize(1 << 20)
            .segmentSize(4L << 20)
            .checkpointsToKeep(KEPT)
            .build();
        try (StateManager state = StateManager.open(options)) {
            run(command, state);
        }
    }

    private void run(List<String> command, StateManager state) {
        OrderDesk desk = new OrderDesk(state);
        switch (command.get(0)) {
            case "place" -> {
                print("taken", desk.place(command.get(1), Long.parseLong(command.get(2)), this.clock.instant()));
                checkpoint(state, command);
            }
            case "ship" -> {
                Order shipped = desk.ship();
                if (shipped != null) {
                    print("shipped", shipped);
                    checkpoint(state, command);
                }
                else {
                    this.out.println("nothing to ship");
                }
            }
            case "list" -> list(desk, command);
            case "checkpoints" -> state.checkpoints()
                .forEach((checkpoint) -> this.out.printf("%d  %s  after: %s%n", checkpoint.version(),
                        checkpoint.completedAt(), new String(checkpoint.metadata(), StandardCharsets.UTF_8)));
            case "back" -> {
                Checkpoint now = state.restore(Long.parseLong(command.get(1)));
                this.out.printf("as after checkpoint %s again, which is now checkpoint %d%n", command.get(1),
                        now.version());
            }
            default -> throw new IllegalArgumentException("no such command: " + command.get(0));
        }
    }

    /** Durable when this returns; the metadata say what it came after. */
    private static void checkpoint(StateManager state, List<String> command) {
        state.checkpoint(String.join(" ", command).getBytes(StandardCharsets.UTF_8));
    }

    private void list(OrderDesk desk, List<String> command) {
        Instant from = (command.size() > 1) ? Instant.parse(command.get(1)) : Instant.EPOCH;
        Instant to = (command.size() > 2) ? Instant.parse(command.get(2)) : this.clock.instant().plusNanos(1);
        desk.placedBetween(from, to).forEach((order) -> print(order.placed().at().toString(), order));
        this.out.printf(Locale.ROOT, "%d to ship, worth %.2f%n", desk.waiting(), desk.centsToShip() / 100.0);
    }

    private void print(String what, Order order) {
        this.out.printf(Locale.ROOT, "%s: order %d, %s for %.2f%n", what, order.placed().number(), order.item(),
                order.cents() / 100.0);
    }

}
