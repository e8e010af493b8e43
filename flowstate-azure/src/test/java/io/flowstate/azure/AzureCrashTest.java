package io.flowstate.azure;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

import com.azure.storage.blob.BlobContainerClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.testing.Child;
import io.flowstate.testing.Torture;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A process that keeps its state in a container is killed with SIGKILL at random
 * instants, its local directories are thrown away, and the store is opened elsewhere:
 * there is exactly one checkpoint, never one older than the last acknowledged. Repeated
 * with {@code -Dflowstate.torture.azureCrashes=100}.
 */
@ExtendWith(Azurite.class)
class AzureCrashTest {

    private static final String NAME = "azure-crash";

    private static final int ROUNDS_PER_STORE = 20;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path local;

    private final BlobContainerClient container = Azurite.newContainer();

    private long version; // recovered or acknowledged last

    private long position; // of it

    private int acknowledgements;

    private int inFlight;

    @Test
    @Timeout(value = 3, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void afterSigkillAnotherMachineFindsExactlyOneCheckpoint() throws Exception {
        long seed = Torture.seed(NAME);
        int rounds = Torture.count("azureCrashes", 10);

        for (int round = 0; round < rounds; round++) {
            if (round % ROUNDS_PER_STORE == 0) {
                this.version = 0;
                this.position = 0;
            }
            long storeSeed = seed + round / ROUNDS_PER_STORE;
            Path machine = Files.createDirectories(this.local.resolve("machine-" + round));
            try {
                Set<Long> cuts = kill(machine, storeSeed, seed, round);
                recover(machine.resolve("other"), storeSeed, round, cuts);
            }
            catch (Throwable ex) {
                throw new AssertionError("round " + round + " with seed " + seed + ", version " + this.version
                        + " at position " + this.position, ex);
            }
        }

        Torture.say(NAME,
                "seed %d: %d kills, %d checkpoints acknowledged, %d recovered that were in flight, 0 violations", seed,
                rounds, this.acknowledgements, this.inFlight);
    }

    private static String prefix(long storeSeed) {
        return "store-" + Long.toHexString(storeSeed);
    }

    private Set<Long> kill(Path machine, long storeSeed, long seed, int round) throws Exception {
        SplittableRandom random = Torture.random(seed, round);
        String trigger = List.of("CUT", "ACK", "OPENING", "", "CUT", "").get(random.nextInt(6));
        int count = trigger.equals("OPENING") ? 1 : 1 + random.nextInt(trigger.isEmpty() ? 60 : 15);
        int turns = random.nextInt(trigger.equals("OPENING") ? 60_000_000 : 2_000_000);
        Set<Long> cuts = new HashSet<>(Set.of(this.position));
        List<String> connection = List.of(Azurite.connectionString(), this.container.getBlobContainerName(),
                prefix(storeSeed));
        boolean killed = false;
        try (Child child = OrdersChild.start(machine, connection, storeSeed, round)) {
            for (String line = child.line(); line != null; line = child.line()) {
                hear(line, cuts, child);
                if (!killed && line.startsWith(trigger) && --count == 0) {
                    Torture.dawdle(turns);
                    child.kill();
                    killed = true;
                }
            }
            assertThat(child.awaitEnd()).as("killed, not ended by itself").isTrue();
        }
        return cuts;
    }

    private void hear(String line, Set<Long> cuts, Child child) {
        String[] words = line.split(" ");
        switch (words[0]) {
            case "OPENED" -> {
                assertThat(Long.parseLong(words[1])).as("version found by the child").isEqualTo(this.version);
                assertThat(Long.parseLong(words[2])).as("position found by the child").isEqualTo(this.position);
            }
            case "CUT" -> cuts.add(Long.parseLong(words[1]));
            case "ACK" -> {
                this.acknowledgements++;
                if (Long.parseLong(words[1]) > this.version) {
                    this.version = Long.parseLong(words[1]);
                    this.position = Long.parseLong(words[2]);
                }
            }
            case "OPENING", "OP" -> {
            }
            default -> throw new AssertionError("the child said: " + line + "\n" + child.errors());
        }
    }

    private void recover(Path directory, long storeSeed, int round, Set<Long> cuts) throws Exception {
        Files.createDirectories(directory);
        AzureBlobStorage storage = OrdersChild.storage(Azurite.connectionString(),
                this.container.getBlobContainerName(), prefix(storeSeed), directory, round + 1);
        try (StateManager manager = StateManager.open(OrdersChild.options(storage, directory, round + 1))) {
            long found = manager.lastCheckpoint().map(Checkpoint::version).orElse(0L);
            OrdersModel content = new OrdersStore(manager).content();
            assertThat(found).as("version recovered").isGreaterThanOrEqualTo(this.version);
            assertThat(cuts).as("positions of cuts").contains(content.position);
            if (found == this.version) {
                assertThat(content.position).as("position of the acknowledged version").isEqualTo(this.position);
            }
            assertThat(OrdersModel.of(new OrdersWorkload(storeSeed), content.position).differences(content)).isEmpty();
            this.inFlight += (found != this.version) ? 1 : 0;
            this.version = found;
            this.position = content.position;
        }
    }

}
