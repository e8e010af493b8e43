package io.flowstate.torture;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

import io.flowstate.StateManager;
import io.flowstate.serialization.Serializers;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.testing.Torture;
import io.flowstate.torture.PowerCutRun.Acknowledged;
import io.flowstate.torture.PowerCutRun.Asked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The power fails at instants that a seed scatters over everything that is done to the
 * files; what was not forced is dropped, kept, put in another order or torn, names too.
 * The store then holds exactly the checkpoint acknowledged last, or the one in flight.
 * Recovery is cut in the same way. Some of the processes die before, in the midst of
 * their changes, and others go on with what they see of them. And a manifest that is
 * older than what was acknowledged is refused. Repeated with
 * {@code -Dflowstate.torture.cuts=1000}.
 */
class PowerCutTest {

    private static final String NAME = "power-cut";

    private static final int CUTS_PER_RUN = 25;

    private static final int CUTS_OF_RECOVERY = 2;

    private static final int SESSIONS = 5;

    private static final int CHECKPOINTS = 6; // of a session

    private int acknowledged;

    private int inFlight;

    private int nothing;

    private int recoveriesCut;

    private int manifestsRefused;

    @Test
    @Timeout(value = 3, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void afterAPowerCutTheStoreIsTheCheckpointAcknowledgedLastOrTheOneInFlight() {
        long seed = Torture.seed(NAME);
        int cuts = Torture.count("cuts", 100);

        try (QuietErrors quiet = new QuietErrors()) {
            MemoryDisk recorded = MemoryDisk.empty();
            for (int number = 0; number < cuts; number++) {
                quiet.forget();
                if (number % CUTS_PER_RUN == 0) {
                    recorded = MemoryDisk.empty().recorded();
                    new PowerCutRun(recorded, seed + number).work(SESSIONS, CHECKPOINTS);
                }
                SplittableRandom random = Torture.random(seed, number);
                int cut = random.nextInt(recorded.events() + 1);
                try {
                    cut(recorded, cut, number, random);
                }
                catch (Throwable ex) {
                    throw new AssertionError("cut " + number + " with seed " + seed + ", after event " + cut + " of "
                            + recorded.events() + ": " + recorded.eventsAround(cut) + "\n" + quiet.said(), ex);
                }
            }
        }

        Torture.say(NAME,
                "seed %d: %d cuts; found: %d as acknowledged, %d in flight, %d before any; "
                        + "%d recoveries cut; %d older manifests refused; 0 violations",
                seed, cuts, this.acknowledged, this.inFlight, this.nothing, this.recoveriesCut, this.manifestsRefused);
        assertThat(this.acknowledged).isPositive();
        assertThat(this.inFlight).isPositive();
    }

    /**
     * Stops a process at each change that it makes to the files, one after the other;
     * another goes on with what it sees, and then the power fails.
     */
    @Test
    @Timeout(value = 3, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void whatAProcessLeavesThatDiesAtAnyChangeIsDurableOnceItWasSeen() {
        long seed = Torture.seed("death");
        int histories = Torture.count("deaths", 1);
        int deaths = 0;
        try (QuietErrors quiet = new QuietErrors()) {
            for (int history = 0; history < histories; history++) {
                for (int changes = 0; die(seed + history, changes, quiet); changes++) {
                    deaths++;
                }
            }
        }
        Torture.say("death",
                "seed %d: %d deaths, one at each change of %d histories; found: %d as acknowledged, "
                        + "%d in flight, %d before any; %d older manifests refused; 0 violations",
                seed, deaths, histories, this.acknowledged, this.inFlight, this.nothing, this.manifestsRefused);
    }

    private boolean die(long seed, int changes, QuietErrors quiet) {
        quiet.forget();
        MemoryDisk recorded = MemoryDisk.empty().recorded();
        PowerCutRun run = new PowerCutRun(recorded, seed);
        SplittableRandom random = Torture.random(seed, changes);
        try {
            boolean died = run.session(4, changes);
            int death = recorded.events();
            run.session(random.nextInt(3), Integer.MAX_VALUE);
            cut(recorded, recorded.events(), 0, random);
            for (int cut = 0; cut < 3; cut++) {
                cut(recorded, death + random.nextInt(recorded.events() - death), 1, random);
            }
            return died;
        }
        catch (Throwable ex) {
            throw new AssertionError("death at change " + changes + " with seed " + seed + ": "
                    + recorded.eventsAround(recorded.events()) + "\n" + quiet.said(), ex);
        }
    }

    private void cut(MemoryDisk recorded, int cut, int number, SplittableRandom random) {
        Expectation expectation = Expectation.at(Expectation.Found.NOTHING, recorded.marks(cut));
        MemoryDisk image = recorded.rebuilt(cut, random.split());
        Expectation.Found found = check(image.copy(), expectation, true);
        if (found.version() == 0) {
            this.nothing++;
        }
        else if (found.version() == expectation.version()) {
            this.acknowledged++;
        }
        else {
            this.inFlight++;
        }
        if (number % 2 == 0) {
            cutRecovery(image, expectation, random);
        }
        if (expectation.olderManifest() != null) {
            refuse(image.copy(), expectation.olderManifest());
        }
    }

    /** Opens the store, compares it, and optionally goes on with it. */
    private static Expectation.Found check(MemoryDisk disk, Expectation expectation, boolean goOn) {
        Expectation.Found found;
        try (StateManager manager = StateManager.open(disk.options(0))) {
            found = expectation.check(manager);
            if (goOn) {
                manager.scope("after").counters("cuts", Serializers.int32()).add(1, 1);
                assertThat(manager.checkpoint().version()).isGreaterThan(found.version());
            }
        }
        if (goOn) {
            try (StateManager manager = StateManager.open(disk.options(1))) {
                assertThat(found.promise().content().differences(new Store(manager).content(new ArrayList<>())))
                    .isEmpty();
                assertThat(manager.scope("after").counters("cuts", Serializers.int32()).get(1)).isEqualTo(1);
            }
        }
        return found;
    }

    /** Cuts the power while the image of the first cut is recovered and worked on. */
    private void cutRecovery(MemoryDisk image, Expectation expectation, SplittableRandom random) {
        MemoryDisk recorded = image.recorded();
        Expectation.Found found;
        try (StateManager manager = StateManager.open(recorded.options(2))) {
            found = expectation.check(manager);
            if (random.nextBoolean()) {
                recorded.mark(new Asked(found.promise()));
                long version = manager.checkpoint(found.promise().metadata()).version();
                recorded.mark(new Acknowledged(found.promise(), version, null));
            }
        }
        for (int turn = 0; turn < CUTS_OF_RECOVERY; turn++) {
            int cut = random.nextInt(recorded.events() + 1);
            Expectation same = Expectation.at(found, recorded.marks(cut));
            check(recorded.rebuilt(cut, random.split()), same, true);
            this.recoveriesCut++;
        }
    }

    /** A manifest older than what was acknowledged must not be believed. */
    private void refuse(MemoryDisk image, byte[] olderManifest) {
        image.put(MemoryDisk.MANIFEST, olderManifest);
        Map<String, byte[]> before = MemoryDisk.precious(image.contents());
        assertThatExceptionOfType(CorruptStateException.class)
            .isThrownBy(() -> StateManager.open(image.options(0)).close())
            .satisfies((ex) -> assertThat(ex.resource()).endsWith(MemoryDisk.MANIFEST));
        assertThat(MemoryDisk.changed(before, MemoryDisk.precious(image.contents())))
            .as("files changed by a refused opening")
            .isEmpty();
        this.manifestsRefused++;
    }

}
