package io.flowstate.torture;

import java.util.ArrayList;
import java.util.List;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.torture.PowerCutRun.Acknowledged;
import io.flowstate.torture.PowerCutRun.Asked;
import io.flowstate.torture.PowerCutRun.Begun;
import io.flowstate.torture.PowerCutRun.Promise;
import io.flowstate.torture.PowerCutRun.Settled;
import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What may be found after a cut.
 *
 * @param version acknowledged last, 0 if none was
 * @param promise what it holds
 * @param inFlight what checkpoints hold that were asked for and not acknowledged
 * @param olderManifest a manifest committed before the version acknowledged last; null if
 * there is none
 */
record Expectation(long version, Promise promise, List<Promise> inFlight, byte @Nullable [] olderManifest) {

    static Expectation at(Found start, List<Object> marks) {
        long version = start.version();
        Promise promise = start.promise();
        byte[] newest = null;
        byte[] older = null;
        List<Promise> inFlight = new ArrayList<>();
        for (Object mark : marks) {
            if (mark instanceof Begun begun) {
                newest = begun.manifest();
            }
            else if (mark instanceof Asked asked) {
                inFlight.add(asked.promise());
            }
            else if (mark instanceof Settled settled) {
                inFlight.clear();
                if (settled.version() > version) {
                    older = (newest != null) ? newest : older;
                    newest = null;
                    version = settled.version();
                    promise = settled.promise();
                }
            }
            else if (mark instanceof Acknowledged done && done.version() > version) {
                older = (newest != null) ? newest : older;
                newest = done.manifest();
                version = done.version();
                promise = done.promise();
                inFlight.removeIf((other) -> other.serial() <= done.promise().serial());
            }
        }
        return new Expectation(version, promise, inFlight, older);
    }

    Found check(StateManager manager) {
        long found = manager.lastCheckpoint().map(Checkpoint::version).orElse(0L);
        assertThat(found).as("version").isGreaterThanOrEqualTo(this.version);
        if (found == this.version) {
            assertThat(this.promise.differences(manager)).as("the acknowledged version %d, %s", found, this.promise)
                .isEmpty();
            return new Found(found, this.promise);
        }
        List<String> differences = new ArrayList<>();
        for (Promise candidate : this.inFlight) {
            List<String> own = candidate.differences(manager);
            if (own.isEmpty()) {
                return new Found(found, candidate);
            }
            differences.add(candidate + ": " + own);
        }
        throw new AssertionError("version " + found + " is none of those in flight: " + differences);
    }

    /**
     * What was found after a cut.
     *
     * @param version of the checkpoint, 0 if there was none
     * @param promise what it holds
     */
    record Found(long version, Promise promise) {

        static final Found NOTHING = new Found(0, Promise.NOTHING);

    }

}
