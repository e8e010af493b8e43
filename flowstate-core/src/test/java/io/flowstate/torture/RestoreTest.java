package io.flowstate.torture;

import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random restores: what a version held is there again, with catalogue, sizes and
 * metadata, after a crash too, and a restore can be undone by another one. Repeated with
 * {@code -Dflowstate.torture.restores=200}.
 */
class RestoreTest {

    private static final String NAME = "restore";

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aRestoredStoreIsAsItWasThen() {
        long seed = Torture.seed(NAME);
        int seeds = Torture.count("restores", 20);
        int restores = 0;
        int crashes = 0;

        try (QuietErrors quiet = new QuietErrors()) {
            for (int number = 0; number < seeds; number++) {
                quiet.forget();
                RestoreRun run = new RestoreRun(MemoryDisk.empty().recorded(), seed + number);
                try {
                    run.work();
                }
                catch (Throwable ex) {
                    throw new AssertionError("history " + number + " with seed " + seed + "\n" + quiet.said(), ex);
                }
                restores += run.restores();
                crashes += run.crashes();
            }
        }

        Torture.say(NAME, "seed %d: %d histories, %d restores, %d crashes after them, 0 violations", seed, seeds,
                restores, crashes);
    }

}
