package io.flowstate.torture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.testing.Child;
import io.flowstate.testing.Torture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A process that works on a store is killed with SIGKILL, again and again, at instants
 * that a seed scatters: anywhere in the stream, while a checkpoint is written, while the
 * store is recovered. What is found then is exactly one checkpoint, never older than the
 * last acknowledged one. Repeated with {@code -Dflowstate.torture.crashRounds=100}.
 */
class CrashTest {

    private static final String NAME = "crash";

    /** So many rounds work on one directory, then a new one is begun. */
    private static final int ROUNDS_PER_STORE = 25;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path temporary;

    private final Model model = new Model(); // the content at position

    private long position; // of the checkpoint recovered last

    private long version; // of the checkpoint recovered last

    private int kills;

    private int killsWhileOpening;

    private int restores;

    private int wentBack; // kills after which the store was at an older position

    private long acknowledgements;

    private int inFlight; // recovered checkpoints that were durable, but not acknowledged
                          // yet

    @Test
    @Timeout(value = 3, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void afterSigkillTheStoreIsExactlyOneCheckpoint() throws Exception {
        long seed = Torture.seed(NAME);
        int rounds = Torture.count("crashRounds", 10);

        for (int round = 0; round < rounds; round++) {
            int store = round / ROUNDS_PER_STORE;
            if (round % ROUNDS_PER_STORE == 0) {
                this.model.clear();
                this.position = 0;
                this.version = 0;
            }
            round(this.temporary.resolve("a store \u00fc" + store), seed + store, round);
        }

        Torture.say(NAME,
                "seed %d: %d rounds, %d kills (%d while opening, %d after going back), "
                        + "%d checkpoints acknowledged, %d restores, %d recovered in flight, "
                        + "%d operations, %d entries at the end, 0 violations",
                seed, rounds, this.kills, this.killsWhileOpening, this.wentBack, this.acknowledgements, this.restores,
                this.inFlight, this.position, this.model.entries());
        assertThat(this.kills).isEqualTo(rounds);
    }

    private void round(Path directory, long seed, int round) throws Exception {
        Files.createDirectories(directory);
        Path errors = directory.resolve("errors-" + round + ".txt");
        SplittableRandom random = Torture.random(~seed, round);
        Heard heard = new Heard(this.version, this.position);
        try (Child child = Child.start(CrashChild.class, errors, List.of("-Xmx48m"),
                List.of(directory.toString(), Long.toString(seed), Integer.toString(round)))) {
            listenAndKill(child, heard, random, CrashChild.concurrent(round));
            assertThat(child.awaitEnd()).as("killed, not ended").isTrue();
        }
        this.kills++;
        this.acknowledgements += heard.acknowledgements;
        this.restores += heard.restores;
        try {
            compare(directory, seed, round, heard);
        }
        catch (Throwable ex) {
            throw new AssertionError("round " + round + " with seed " + seed + " in " + directory + "; heard " + heard,
                    ex);
        }
    }

    private void listenAndKill(Child child, Heard heard, SplittableRandom random, boolean concurrent) throws Exception {
        String trigger = switch (random.nextInt(8)) {
            case 0 -> "OPENING";
            case 1, 2, 3 -> "CUT";
            case 4 -> "ACK";
            case 5, 6 -> concurrent ? "ACK" : "RESTORED";
            default -> "";
        };
        int count = switch (trigger) {
            case "OPENING", "RESTORED" -> 1;
            case "CUT", "ACK" -> 1 + random.nextInt(20);
            default -> 2 + random.nextInt(1 << (2 + random.nextInt(8)));
        };
        int turns = random.nextInt(switch (trigger) {
            case "OPENING" -> 8_000_000;
            case "CUT" -> 30_000;
            default -> 100_000;
        });
        boolean killed = false;
        for (String line = child.line(); line != null; line = child.line()) {
            heard.line(line);
            if (!killed && line.startsWith(trigger) && --count == 0) {
                Torture.dawdle(turns);
                child.kill();
                killed = true;
            }
        }
        if (!heard.opened) {
            this.killsWhileOpening++;
        }
    }

    private void compare(Path directory, long seed, int round, Heard heard) throws IOException {
        try (StateManager manager = StateManager.open(CrashChild.options(directory, round + 1))) {
            Store store = new Store(manager);
            long found = store.position();
            Checkpoint last = manager.lastCheckpoint().orElse(null);
            checkVersion(last, found, heard, round);
            Workload workload = new Workload(seed, CrashChild.LARGEST_VALUE, CrashChild.COLD_KEYS);
            if (found < this.position) { // an older version was restored
                this.wentBack++;
                this.model.clear();
                this.position = 0;
            }
            for (; this.position < found; this.position++) {
                workload.operation(this.position).changes().forEach(this.model::apply);
            }
            assertThat(store.differences(this.model)).as("version " + this.version + ", position " + found).isEmpty();
            List<Long> versions = manager.checkpoints().stream().map(Checkpoint::version).toList();
            assertThat(versions).as("kept versions").isSortedAccordingTo((one, other) -> Long.compare(other, one));
            if (last != null) {
                assertThat(versions).first().isEqualTo(last.version());
            }
        }
    }

    private void checkVersion(@Nullable Checkpoint last, long found, Heard heard, int round) {
        long foundVersion = (last != null) ? last.version() : 0;
        assertThat(foundVersion).as("version recovered").isGreaterThanOrEqualTo(heard.version);
        if (CrashChild.concurrent(round)) {
            assertThat(found).as("position recovered").isGreaterThanOrEqualTo(heard.position);
        }
        else {
            assertThat(heard.cuts).as("positions of cuts").contains(found);
            if (foundVersion == heard.version) {
                assertThat(found).as("position of the acknowledged version").isEqualTo(heard.position);
            }
        }
        if (last != null && last.metadata().length > 0) {
            assertThat(ByteBuffer.wrap(last.metadata()).getLong()).as("position in the metadata").isEqualTo(found);
        }
        if (foundVersion != heard.version) {
            this.inFlight++;
        }
        this.version = foundVersion;
    }

    /** What a child said until it died. */
    private static final class Heard {

        private final Set<Long> cuts = new HashSet<>();

        private long version; // the last acknowledged

        private long position; // of that version, or before it

        private boolean opened;

        private int acknowledgements;

        private int restores;

        Heard(long version, long position) {
            this.version = version;
            this.position = position;
            this.cuts.add(position);
        }

        void line(String line) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "OPENED" -> {
                    this.opened = true;
                    assertThat(Long.parseLong(words[1])).as("version found by the child").isEqualTo(this.version);
                    assertThat(Long.parseLong(words[2])).as("position found by the child").isEqualTo(this.position);
                }
                case "CUT" -> this.cuts.add(Long.parseLong(words[1]));
                case "ACK" -> {
                    this.acknowledgements++;
                    long acknowledged = Long.parseLong(words[1]);
                    if (acknowledged > this.version) { // two threads may print in the
                                                       // other order
                        this.version = acknowledged;
                        this.position = Long.parseLong(words[2]);
                    }
                }
                case "RESTORED" -> this.restores++;
                case "OPENING", "OP" -> {
                }
                default -> throw new AssertionError("the child said: " + line);
            }
        }

        @Override
        public String toString() {
            return "version " + this.version + ", position " + this.position;
        }

    }

}
