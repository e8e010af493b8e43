package io.flowstate.spring.boot.test;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.serialization.Serializers;
import io.flowstate.spring.boot.test.TestStorage.Point;
import io.flowstate.state.CounterState;
import io.flowstate.storage.CheckpointFailedException;
import io.flowstate.storage.StorageUnavailableException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/** Tests {@link FlowStateExtension} and {@link TestStorage}. */
@ExtendWith(FlowStateExtension.class)
class FlowStateExtensionTests {

    @Test
    void aRestartKeepsAllAndACrashWhatTheLastCheckpointSaw(FlowStateExtension flowState) {
        hits(flowState.state()).add("a", 1);
        assertThat(hits(flowState.restart()).get("a")).isOne();
        hits(flowState.state()).add("a", 1);

        assertThat(hits(flowState.crash()).get("a")).isOne();
    }

    @Test
    void eachTestBeginsEmpty(StateManager state, TestStorage storage) {
        assertThat(state.states()).isEmpty();
        assertThat(storage.isStopped()).isFalse();
        hits(state).add("a", 1);
    }

    @Test
    void eachTestBeginsEmptyAgain(StateManager state) {
        assertThat(state.states()).isEmpty();
        hits(state).add("a", 1);
    }

    @Test
    void commitsFailUntilTheStorageIsHealed(StateManager state, TestStorage storage) {
        hits(state).add("a", 1);
        storage.fail(Point.COMMIT);
        assertThatExceptionOfType(CheckpointFailedException.class).isThrownBy(state::checkpoint)
            .withStackTraceContaining("the test made this COMMIT fail");
        storage.heal();
        assertThat(state.checkpoint().version()).isPositive();

        storage.failNext(Point.COMMIT, 1);
        hits(state).add("a", 1);
        assertThatExceptionOfType(CheckpointFailedException.class).isThrownBy(state::checkpoint);
        assertThat(state.checkpoint().version()).isPositive();
    }

    @Test
    void aHeldCommitWaits(StateManager state, TestStorage storage) throws Exception {
        hits(state).add("a", 1);
        storage.hold(Point.COMMIT);
        CompletableFuture<Checkpoint> checkpoint = state.checkpointAsync();
        assertThat(checkpoint).isNotDone();

        storage.heal();

        assertThat(checkpoint).succeedsWithin(Duration.ofMinutes(1));
    }

    @Test
    void aStopEndsWhatIsHeld(StateManager state, TestStorage storage) {
        hits(state).add("a", 1);
        storage.hold(Point.COMMIT);
        CompletableFuture<Checkpoint> checkpoint = state.checkpointAsync();
        awaitHeldCall();

        storage.stop();

        assertThat(checkpoint).failsWithin(Duration.ofSeconds(30))
            .withThrowableOfType(ExecutionException.class)
            .withStackTraceContaining("the test has stopped the storage");
    }

    @Test
    void aStopAtACallToComeEndsWhatIsHeld(StateManager state, TestStorage storage) {
        hits(state).add("a", 1);
        storage.hold(Point.SYNC);
        CompletableFuture<Checkpoint> checkpoint = state.checkpointAsync();
        awaitHeldCall();
        storage.stopAfter(Point.READ, 1);

        assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> storage.before(Point.READ));

        assertThat(checkpoint).failsWithin(Duration.ofSeconds(30)).withThrowableOfType(ExecutionException.class);
    }

    @Test
    void stoppedAtEachPointTheStoreIsAsTheLastCheckpointSawIt(FlowStateExtension flowState) {
        long count = 0;
        for (Point point : new Point[] { Point.WRITE, Point.SYNC, Point.COMMIT }) {
            hits(flowState.state()).add("a", 1);
            count++;
            flowState.state().checkpoint();
            hits(flowState.state()).add("a", 1);
            flowState.storage().stopAfter(point, 1);

            assertThatExceptionOfType(CheckpointFailedException.class).isThrownBy(flowState.state()::checkpoint);
            assertThat(flowState.storage().isStopped()).isTrue();
            flowState.crash();
            assertThat(hits(flowState.state()).get("a")).as(point.toString()).isEqualTo(count);
        }
    }

    @Test
    void outsideATestThereIsNoStore() {
        assertThatIllegalStateException().isThrownBy(() -> new FlowStateExtension().state());
    }

    private static void awaitHeldCall() {
        await().atMost(Duration.ofSeconds(30))
            .until(() -> Thread.getAllStackTraces()
                .values()
                .stream()
                .flatMap(Arrays::stream)
                .anyMatch((frame) -> frame.getClassName().equals(TestStorage.class.getName())
                        && frame.getMethodName().equals("await")));
    }

    private static CounterState<String> hits(StateManager state) {
        return state.scope("test").counters("hits", Serializers.string());
    }

}
