package io.flowstate.azure;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.models.BlobItem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.storage.CheckpointFailedException;
import io.flowstate.storage.FencedException;
import io.flowstate.storage.Manifest;
import io.flowstate.storage.StateLockedException;
import io.flowstate.testing.Child;
import io.flowstate.testing.Torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * A writer is stopped, another takes over and commits, the first goes on: it commits
 * nothing, deletes nothing, and says why. Stopped with SIGSTOP at random instants;
 * repeated with {@code -Dflowstate.torture.fencings=30}.
 */
@ExtendWith(Azurite.class)
class FencingTest {

    private static final String NAME = "azure-fencing";

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path local;

    private final BlobContainerClient container = Azurite.newContainer();

    private int acknowledgements;

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aWriterThatWasStoppedCommitsAndDeletesNothingOnceAnotherHasTakenOver() throws Exception {
        long seed = Torture.seed(NAME);
        int rounds = Torture.count("fencings", 3);

        for (int round = 0; round < rounds; round++) {
            try {
                stopAndGoOn(seed + round, Torture.random(seed, round), round);
            }
            catch (Throwable ex) {
                throw new AssertionError("round " + round + " with seed " + seed, ex);
            }
        }

        Torture.say(NAME, "seed %d: %d writers stopped and fenced, %d checkpoints acknowledged, 0 violations", seed,
                rounds, this.acknowledgements);
    }

    private void stopAndGoOn(long seed, SplittableRandom random, int round) throws Exception {
        String prefix = "round-" + round;
        Path machine = Files.createDirectories(this.local.resolve("machine-" + round));
        Path other = Files.createDirectories(machine.resolve("other"));
        List<String> connection = List.of(Azurite.connectionString(), this.container.getBlobContainerName(), prefix);
        String trigger = List.of("CUT", "ACK", "OP").get(random.nextInt(3));
        int count = 1 + random.nextInt(10);
        int turns = random.nextInt(2_000_000);
        OrdersModel model;
        try (Child stopped = OrdersChild.start(machine, connection, seed, round)) {
            for (String line = stopped.line(); count > 0; line = stopped.line()) {
                assertThat(line).as("what the child says").isNotNull().doesNotStartWith("TROUBLE");
                count -= line.startsWith(trigger) ? 1 : 0;
            }
            Torture.dawdle(turns);
            stopped.signal("STOP");
            try (StateManager second = StateManager.open(OrdersChild.options(successor(prefix), other, round + 1))) {
                long taken = second.lastCheckpoint().map(Checkpoint::version).orElse(0L);
                OrdersStore store = new OrdersStore(second);
                model = OrdersModel.of(new OrdersWorkload(seed), store.position());
                assertThat(model.differences(store.content())).as("what the second writer found").isEmpty();
                goOn(store, model, seed + 1000);
                second.compact();
                awaitForgotten(prefix);
                List<String> blobs = blobs();
                String manifest = manifest(prefix);

                stopped.signal("CONT");
                hearToTheEnd(stopped, taken);

                assertThat(manifest(prefix)).as("manifest").isEqualTo(manifest);
                assertThat(blobs()).as("blobs").containsAll(blobs);
                goOn(store, model, seed + 2000);
            }
        }
        Path third = Files.createDirectories(machine.resolve("third"));
        try (StateManager manager = StateManager.open(OrdersChild.options(successor(prefix), third, round + 2))) {
            assertThat(model.differences(new OrdersStore(manager).content())).as("the second writer's state").isEmpty();
        }
    }

    private static void goOn(OrdersStore store, OrdersModel model, long seed) {
        OrdersWorkload workload = new OrdersWorkload(seed);
        for (int i = 0; i < 4; i++) {
            long end = store.position() + 50;
            store.continueWith(workload, end);
            model.continueWith(workload, end);
            store.manager.checkpoint();
        }
    }

    /** What the first may still say: what it knew before, and that it was fenced. */
    private void hearToTheEnd(Child stopped, long taken) throws Exception {
        boolean fenced = false;
        for (String line = stopped.line(); line != null; line = stopped.line()) {
            String[] words = line.split(" ");
            fenced |= words[0].equals("FENCED");
            assertThat(words[0]).as("the child said: " + line + "\n" + stopped.errors())
                .isIn("OPENED", "OP", "CUT", "ACK", "FENCED");
            if (words[0].equals("ACK")) {
                assertThat(Long.parseLong(words[1])).as("version acknowledged, not seen by the second writer")
                    .isLessThanOrEqualTo(taken);
                this.acknowledgements++;
            }
        }
        assertThat(fenced).as("said that it was fenced\n" + stopped.errors()).isTrue();
    }

    @Test
    void withoutTheLeaseTheManifestAloneKeepsAnOvertakenWriterOut() {
        OrdersWorkload workload = new OrdersWorkload(Torture.seed(NAME));
        OrdersModel model = new OrdersModel();
        try (StateManager first = StateManager.open(options("alone", Duration.ofHours(1), "first"))) {
            OrdersStore overtaken = new OrdersStore(first);
            goOn(overtaken, model, workload.seed());
            // as if its lease had run out while it was frozen; it does not look
            this.container.getBlobClient("alone/flowstate.lock").delete();
            try (StateManager second = StateManager.open(options("alone", Duration.ofHours(1), "second"))) {
                OrdersStore store = new OrdersStore(second);
                goOn(store, model, workload.seed() + 1);
                awaitForgotten("alone");
                overtaken.continueWith(workload, overtaken.position() + 100);
                List<String> blobs = blobs();
                String manifest = manifest("alone");

                for (int i = 0; i < 2; i++) {
                    assertThatThrownBy(first::checkpoint).isInstanceOf(CheckpointFailedException.class)
                        .hasCauseInstanceOf(FencedException.class)
                        .hasMessageContaining("taken over");
                }
                assertThatThrownBy(first::compact).hasCauseInstanceOf(FencedException.class);

                assertThat(manifest("alone")).isEqualTo(manifest);
                assertThat(blobs()).containsAll(blobs);
                goOn(store, model, workload.seed() + 2);
                assertThat(model.differences(store.content())).isEmpty();
            }
        }
    }

    @Test
    void aSecondWriterIsRefusedAtOnceAndToldWhoTheFirstIs() {
        try (StateManager first = StateManager.open(options("orders", Duration.ofSeconds(2), "first"))) {
            assertThat(first.checkpoint().version()).isEqualTo(1);

            assertThatThrownBy(() -> StateManager.open(options("orders", Duration.ofSeconds(2), "second")))
                .isInstanceOf(StateLockedException.class)
                .hasMessageContaining("process " + ProcessHandle.current().pid());
        }
    }

    /** After this the owner deletes nothing by itself: metadata go last. */
    private void awaitForgotten(String prefix) {
        String lock = this.container.getBlobClient(prefix + "/flowstate.lock").downloadContent().toString();
        String token = lock.lines().toList().get(1).split(" ")[0];
        byte[] bytes = this.container.getBlobClient(prefix + "/checkpoints/manifest").downloadContent().toBytes();
        Set<String> needed = Manifest.decode(ByteBuffer.wrap(bytes).position(16), "manifest")
            .checkpoints()
            .stream()
            .flatMap((checkpoint) -> checkpoint.objects().stream())
            .map((object) -> prefix + "/checkpoints/" + object.name() + "-" + token + ".meta")
            .collect(Collectors.toSet());
        while (blobs().stream().anyMatch((name) -> name.endsWith("-" + token + ".meta") && !needed.contains(name))) {
            Thread.onSpinWait(); // the timeout of the test ends it
        }
    }

    private AzureBlobStorage successor(String prefix) {
        return AzureBlobStorage.builder().container(this.container).prefix(prefix).objectSize(64 << 10).build();
    }

    private StateManagerOptions options(String prefix, Duration lease, String machine) {
        AzureBlobStorage storage = AzureBlobStorage.builder()
            .container(this.container)
            .prefix(prefix)
            .leaseDuration(lease)
            .leftoverGrace(Duration.ZERO)
            .build();
        return OrdersChild.options(storage, this.local.resolve(machine), 1);
    }

    private List<String> blobs() {
        return this.container.listBlobs().stream().map(BlobItem::getName).toList();
    }

    private String manifest(String prefix) {
        return this.container.getBlobClient(prefix + "/checkpoints/manifest").getProperties().getETag();
    }

}
