package io.flowstate.torture;

import java.util.concurrent.TimeUnit;

import io.flowstate.internal.checkpoint.StateKind;
import io.flowstate.testing.Torture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Sorted maps, queues, append logs and temporary states on a store with a cache of a few
 * pages do what a {@code TreeMap}, an {@code ArrayDeque} and a list do, through
 * checkpoints, restores, clearing, dropping, compacting, crashes and reopenings with
 * other settings; and their pages are what they should be. More histories of each kind
 * with {@code -Dflowstate.torture.pagedSeeds=1000}.
 */
@Timeout(value = 3, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PagedStatesTest {

    private static final int NORMAL = 50;

    private static final int FEW = 10; // of what is much like others

    @Test
    void aSortedMapDoesWhatATreeMapDoes() {
        run("paged-sorted-map", StateKind.SORTED_MAP, false);
    }

    @Test
    void aQueueDoesWhatADequeDoes() {
        run("paged-queue", StateKind.QUEUE, false);
    }

    @Test
    void anAppendLogDoesWhatAListDoes() {
        run("paged-append-log", StateKind.APPEND, false);
    }

    @Test
    void aTemporarySortedMapDoesWhatATreeMapDoes() {
        run("paged-temporary-sorted-map", StateKind.SORTED_MAP, true);
    }

    @Test
    void aTemporaryQueueDoesWhatADequeDoes() {
        run("paged-temporary-queue", StateKind.QUEUE, true);
    }

    @Test
    void aTemporaryMapDoesWhatAMapDoes() {
        run("paged-temporary-map", StateKind.MAP, true, false, FEW);
    }

    @Test
    void onTemporaryStorageStatesDoTheSameUntilTheEndOfTheRun() {
        run("paged-temporary-storage", StateKind.SORTED_MAP, false, true, FEW);
    }

    private static void run(String name, StateKind kind, boolean temporary) {
        run(name, kind, temporary, false, NORMAL);
    }

    private static void run(String name, StateKind kind, boolean temporary, boolean temporaryStorage, int normal) {
        long seed = Torture.seed(name);
        int seeds = Torture.count("pagedSeeds", normal);
        int checkpoints = 0;
        int restores = 0;
        int crashes = 0;
        try (QuietErrors quiet = new QuietErrors()) {
            for (int number = 0; number < seeds; number++) {
                quiet.forget();
                PagedRun run = new PagedRun(Torture.random(seed + number, 0), kind, temporary, temporaryStorage);
                try {
                    run.work();
                }
                catch (Throwable ex) {
                    throw new AssertionError("history with -Dflowstate.torture.seed=" + (seed + number)
                            + " -Dflowstate.torture.pagedSeeds=1\n" + quiet.said(), ex);
                }
                checkpoints += run.checkpoints;
                restores += run.restores;
                crashes += run.crashes;
            }
        }
        Torture.say(name, "seed %d: %d histories, %d checkpoints, %d restores, %d crashes, 0 violations", seed, seeds,
                checkpoints, restores, crashes);
    }

}
