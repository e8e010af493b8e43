package io.flowstate.torture;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.testing.Child;
import io.flowstate.testing.Torture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A process in which four threads move amounts between the keys of two maps, counters and
 * a value, each move one unit of work, is killed with SIGKILL, again and again. After
 * each kill the sum over all is right to the unit, and so is every account. Repeated with
 * {@code -Dflowstate.torture.transferRounds=100}.
 */
class TransferTest {

    private static final String NAME = "transfer";

    private static final int ROUNDS_PER_STORE = 25;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path temporary;

    private Transfers transfers = new Transfers(0); // as the checkpoint recovered last
                                                    // has them

    private long version; // of the checkpoint recovered last

    private long acknowledged; // the version acknowledged last

    private long[] acknowledgedMoves = new long[Transfers.THREADS]; // at least these are
                                                                    // in it

    private int acknowledgements;

    private long movesRecovered;

    @Test
    @Timeout(value = 3, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void afterSigkillTheSumIsRightToTheUnit() throws Exception {
        long seed = Torture.seed(NAME);
        int rounds = Torture.count("transferRounds", 10);

        for (int round = 0; round < rounds; round++) {
            int store = round / ROUNDS_PER_STORE;
            if (round % ROUNDS_PER_STORE == 0) {
                this.transfers = new Transfers(seed + store);
                this.version = 0;
                this.acknowledged = 0;
                this.acknowledgedMoves = new long[Transfers.THREADS];
            }
            Path directory = Files.createDirectories(this.temporary.resolve("store-" + store));
            try {
                kill(directory, seed + store, seed, round);
                compare(directory, round);
            }
            catch (Throwable ex) {
                throw new AssertionError(
                        "round " + round + " with seed " + seed + " in " + directory + "; acknowledged version "
                                + this.acknowledged + " with at least " + Arrays.toString(this.acknowledgedMoves),
                        ex);
            }
        }

        Torture.say(NAME, "seed %d: %d rounds, %d kills, %d checkpoints acknowledged, %d moves recovered, 0 violations",
                seed, rounds, rounds, this.acknowledgements, this.movesRecovered);
    }

    private void kill(Path directory, long storeSeed, long seed, int round) throws Exception {
        SplittableRandom random = Torture.random(~seed, round);
        String trigger = switch (random.nextInt(4)) {
            case 0 -> "CUT";
            case 1 -> "ACK";
            default -> "";
        };
        int count = 1 + random.nextInt(trigger.isEmpty() ? 1 << (2 + random.nextInt(7)) : 8);
        int turns = random.nextInt((trigger.isEmpty() && count == 1) ? 8_000_000 : 100_000);
        boolean killed = false;
        try (Child child = Child.start(TransferChild.class, directory.resolve("errors-" + round + ".txt"),
                List.of("-Xmx48m"), List.of(directory.toString(), Long.toString(storeSeed), Integer.toString(round)))) {
            for (String line = child.line(); line != null; line = child.line()) {
                hear(line);
                if (!killed && line.startsWith(trigger) && --count == 0) {
                    Torture.dawdle(turns);
                    child.kill();
                    killed = true;
                }
            }
            assertThat(child.awaitEnd()).as("killed, not ended").isTrue();
        }
    }

    private void hear(String line) {
        String[] words = line.split(" ");
        switch (words[0]) {
            case "OPENED" -> {
                assertThat(Long.parseLong(words[1])).as("version found by the child").isEqualTo(this.version);
                assertThat(numbers(words, 2)).as("moves found by the child").isEqualTo(this.transfers.moves());
            }
            case "ACK" -> {
                this.acknowledged = Long.parseLong(words[1]);
                this.acknowledgedMoves = numbers(words, 2);
                this.acknowledgements++;
            }
            case "OPENING", "CUT", "MOVED" -> {
            }
            default -> throw new AssertionError("the child said: " + line);
        }
    }

    private void compare(Path directory, int round) {
        try (StateManager manager = StateManager.open(CrashChild.options(directory, round + 1))) {
            this.version = manager.lastCheckpoint().map(Checkpoint::version).orElse(0L);
            assertThat(this.version).as("version recovered").isGreaterThanOrEqualTo(this.acknowledged);
            Bank bank = new Bank(manager);
            long[] moves = bank.moves();
            long[] before = this.transfers.moves();
            for (int thread = 0; thread < moves.length; thread++) {
                assertThat(moves[thread]).as("moves of thread " + thread)
                    .isGreaterThanOrEqualTo(Math.max(before[thread], this.acknowledgedMoves[thread]));
                this.movesRecovered += moves[thread] - before[thread];
            }
            bank.endow(); // for a store that was killed before its first checkpoint
            this.transfers.follow(moves);
            assertThat(bank.differences(this.transfers)).as("version " + this.version + ", " + this.transfers)
                .isEmpty();
        }
    }

    private static long[] numbers(String[] words, int from) {
        return Arrays.stream(words).skip(from).mapToLong(Long::parseLong).toArray();
    }

}
