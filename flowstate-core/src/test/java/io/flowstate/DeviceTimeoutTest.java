package io.flowstate;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.flowstate.serialization.Serializers;
import io.flowstate.state.MapState;
import io.flowstate.state.StateCursor;
import io.flowstate.storage.CheckpointFailedException;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.StateException;
import io.flowstate.storage.StateLockedException;
import io.flowstate.storage.Storage;
import io.flowstate.storage.StorageUnavailableException;
import io.flowstate.testing.DeviceCall;
import io.flowstate.testing.FaultyFiles;
import io.flowstate.testing.FaultyLogDevices;
import io.flowstate.testing.FileCall;
import io.flowstate.testing.ForwardingFiles;
import io.flowstate.testing.Hold;
import io.flowstate.testing.MemoryFiles;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A device that does not answer fails who waits for it, and nobody else.
 */
@Timeout(60)
class DeviceTimeoutTest {

    private static final int KEYS = 2000;

    private static final String VALUE = "value ".repeat(50);

    private final MemoryFiles disk = new MemoryFiles();

    private final FaultyLogDevices devices = new FaultyLogDevices(
            LogDeviceFactory.local(Path.of("/store/log"), this.disk));

    private final FaultyFiles checkpointFiles = new FaultyFiles(this.disk);

    private final CheckpointManager checkpoints = CheckpointManager.local(Path.of("/store/cp"), this.checkpointFiles);

    private StateManager open() {
        return open(this.devices);
    }

    private StateManager open(LogDeviceFactory logs) {
        return StateManager.open(options(logs).build());
    }

    private StateManagerOptions.Builder options(LogDeviceFactory logs) {
        return StateManagerOptions.builder()
            .persistentStorage(Storage.of(logs, this.checkpoints))
            .pageSize(64 << 10)
            .memorySize(4 * (64 << 10))
            .segmentSize(64 << 10)
            .indexMemory(2 << 20)
            .checkpointsToKeep(1)
            .deviceTimeout(Duration.ofSeconds(1));
    }

    /** What hung gives its place free when it goes on, soon. */
    private StateManager openOnceFree() {
        while (true) {
            try {
                return open();
            }
            catch (StateLockedException ex) {
                Thread.onSpinWait();
            }
        }
    }

    private static MapState<Integer, String> map(StateManager manager) {
        return manager.scope("test").map("map", Serializers.int32(), Serializers.string());
    }

    private static void fill(MapState<Integer, String> map) {
        for (int key = 0; key < KEYS; key++) {
            map.put(key, VALUE);
        }
    }

    private static void assertTimesOut(ThrowingCallable call) {
        assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(call)
            .withMessageContaining("device-timeout")
            .withMessageContaining("/store/log/records-");
    }

    @Test
    void aReadThatHangsFailsAndTheStoreGoesOn() {
        try (StateManager manager = open()) {
            MapState<Integer, String> map = map(manager);
            fill(map);
            try (Hold hold = this.devices.hold(DeviceCall.READ)) {
                assertTimesOut(() -> map.get(0));
                assertTimesOut(() -> map.merge(0, "more", String::concat));
                assertTimesOut(() -> manager.update(() -> map.get(1)));
                assertTimesOut(() -> map.forEach((key, value) -> {
                }));
                assertThat(hold.hasCaller()).isTrue();

                map.put(KEYS - 1, "changed");
                assertThat(map.get(KEYS - 1)).isEqualTo("changed");
                map.put(0, "blind");
                assertThat(map.get(0)).isEqualTo("blind");
                manager.checkpoint();
            }
            assertThat(map.get(1)).isEqualTo(VALUE);
        }
    }

    @Test
    void aCursorGoesOnAfterAReadThatHung() {
        try (StateManager manager = open()) {
            MapState<Integer, String> map = map(manager);
            fill(map);
            int met = 0;
            try (StateCursor<Integer, String> cursor = map.cursor()) {
                assertThat(cursor.advance()).isTrue();
                met++;
                try (Hold hold = this.devices.hold(DeviceCall.READ)) {
                    int before = met;
                    assertTimesOut(() -> advance(cursor, before));
                    assertThat(hold.hasCaller()).isTrue();
                }
                while (cursor.advance()) {
                    met++;
                }
            }
            assertThat(met).isBetween(2, KEYS);
        }
    }

    private static void advance(StateCursor<Integer, String> cursor, int before) {
        for (int met = before; met < KEYS; met++) {
            cursor.advance();
        }
    }

    @ParameterizedTest
    @EnumSource(names = { "READ", "LENGTH" })
    void anOpeningThatHangsFailsAndLeavesTheLocks(DeviceCall call) {
        try (StateManager manager = open()) {
            fill(map(manager));
            manager.checkpoint();
        }
        try (Hold hold = this.devices.hold(call)) {
            assertTimesOut(this::open);
            assertThat(hold.hasCaller()).isTrue();
        }
        try (StateManager manager = open()) {
            assertThat(map(manager).get(7)).isEqualTo(VALUE);
        }
    }

    /** A store with a checkpoint, and segments of a run that has died since. */
    private void leaveBehind() {
        try (StateManager manager = open()) {
            fill(map(manager));
            manager.checkpoint();
        }
        try (StateManager manager = open()) {
            fill(map(manager));
        }
    }

    private void assertOpeningTimesOut(LogDeviceFactory logs) {
        assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> open(logs))
            .withMessageContaining("device-timeout");
    }

    @ParameterizedTest
    @EnumSource(names = { "COMMITTED", "SEGMENTS", "NOTE_COMMITTED", "DELETE" })
    void anOpeningFailsIfTheDeviceHangsAndThePlaceIsFreeOnceItAnswers(DeviceCall call) {
        leaveBehind();
        try (Hold hold = this.devices.hold(call)) {
            assertOpeningTimesOut(this.devices);
            assertThat(hold.hasCaller()).isTrue();
            assertThatExceptionOfType(StateException.class).isThrownBy(this::open);
        }
        try (StateManager manager = openOnceFree()) {
            assertThat(map(manager).get(7)).isEqualTo(VALUE);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = { "OPEN_FOR_WRITING", "WRITE_BACK" })
    void anOpeningFailsIfTheCheckpointsHangAndThePlaceIsFreeOnceTheyAnswer(FileCall call) {
        leaveBehind();
        try (Hold hold = this.checkpointFiles.hold(call)) {
            assertOpeningTimesOut(this.devices);
            assertThat(hold.hasCaller()).isTrue();
        }
        try (StateManager manager = openOnceFree()) {
            assertThat(map(manager).get(7)).isEqualTo(VALUE);
        }
    }

    @ParameterizedTest
    @EnumSource(names = { "LOCK", "LIST", "READ" })
    void anOpeningFailsIfEvenALocalDiskHangs(FileCall call) {
        leaveBehind();
        FaultyFiles files = new FaultyFiles(this.disk);
        LogDeviceFactory local = LogDeviceFactory.local(Path.of("/store/log"), new LocalDisk(files));
        try (Hold hold = files.hold(call)) {
            assertOpeningTimesOut(local);
            assertThat(hold.hasCaller()).isTrue();
        }
        try (StateManager manager = openOnceFree()) {
            assertThat(map(manager).get(7)).isEqualTo(VALUE);
        }
    }

    @Test
    void aCheckpointThatHangsFailsAndALaterOneSucceeds() {
        try (StateManager manager = open()) {
            fill(map(manager));
            try (Hold hold = this.checkpointFiles.hold(FileCall.RENAME)) {
                assertCheckpointFails(manager);
                assertThat(hold.hasCaller()).isTrue();
                assertCheckpointFails(manager);
            }
            while (manager.lastCheckpoint().isEmpty()) {
                checkpointOnceItAnswers(manager);
            }
        }
        try (StateManager manager = open()) {
            assertThat(map(manager).get(7)).isEqualTo(VALUE);
        }
    }

    private static void assertCheckpointFails(StateManager manager) {
        assertThatExceptionOfType(CheckpointFailedException.class).isThrownBy(manager::checkpoint)
            .withMessageContaining("device-timeout")
            .withCauseInstanceOf(StorageUnavailableException.class);
    }

    private static void checkpointOnceItAnswers(StateManager manager) {
        try {
            manager.checkpoint();
        }
        catch (CheckpointFailedException ex) {
            assertThat(ex).hasMessageContaining("still not answered");
        }
    }

    @Test
    void aCheckpointThatHangsKeepsThePlaceAfterClosingUntilItAnswers() {
        StateManager manager = open();
        fill(map(manager));
        manager.checkpoint();
        map(manager).put(7, "changed");
        try (Hold hold = this.checkpointFiles.hold(FileCall.RENAME)) {
            assertCheckpointFails(manager);
            assertThat(hold.hasCaller()).isTrue();
            assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(manager::close);
            assertThatExceptionOfType(StateLockedException.class).isThrownBy(this::open);
        }
        try (StateManager next = openOnceFree()) {
            assertThat(map(next).get(7)).isEqualTo("changed"); // it took effect
        }
    }

    @Test
    void listingCheckpointsThatHangFails() {
        try (StateManager manager = open()) {
            fill(map(manager));
            manager.checkpoint();
            try (Hold hold = this.checkpointFiles.hold(FileCall.READ)) {
                assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(manager::checkpoints)
                    .withMessageContaining("device-timeout");
                assertThat(hold.hasCaller()).isTrue();
            }
        }
    }

    @Test
    void aDeletionThatHangsKeepsNoCheckpointFromCompleting() {
        try (StateManager manager = open()) {
            MapState<Integer, String> map = map(manager);
            try (Hold hold = this.devices.hold(DeviceCall.DELETE)) {
                while (!hold.hasCaller()) {
                    fill(map);
                    manager.checkpoint();
                }
                for (int i = 0; i < 3; i++) {
                    fill(map);
                    manager.checkpoint();
                }
                assertThat(manager.stats().checkpoints().failed()).isZero();
            }
            long before = this.devices.calls(DeviceCall.DELETE);
            while (this.devices.calls(DeviceCall.DELETE) < before + 5) {
                fill(map);
                manager.checkpoint(); // deletes what could not be deleted
            }
        }
        try (StateManager manager = open()) {
            assertThat(map(manager).get(7)).isEqualTo(VALUE);
        }
    }

    /** To delete a large file takes a disk longer than a cut may. */
    @Test
    void aCutDoesNotWaitForADeletion() {
        try (StateManager manager = StateManager.open(options(this.devices).deviceTimeout(Duration.ofSeconds(50))
            .checkpointTimeout(Duration.ofSeconds(20))
            .build())) {
            MapState<Integer, String> map = map(manager);
            CompletableFuture<Checkpoint> next = manager.checkpointAsync();
            try (Hold hold = this.devices.hold(DeviceCall.DELETE)) {
                while (!hold.hasCaller()) {
                    if (next.isDone()) {
                        fill(map);
                        next = manager.checkpointAsync();
                    }
                }
                if (next.isDone()) { // else it was asked for while the deletion began
                    next = manager.checkpointAsync();
                }
                map.put(7, "after the cut");
                CompletableFuture<Checkpoint> waiting = next;
                assertThatExceptionOfType(TimeoutException.class).as("nothing is committed before all is deleted")
                    .isThrownBy(() -> waiting.get(300, TimeUnit.MILLISECONDS));
            }
            assertThat(next).succeedsWithin(Duration.ofSeconds(20));
            assertThat(map.get(7)).isEqualTo("after the cut");
        }
    }

    @Test
    void closingDoesNotWaitForAReadThatHangs() {
        Hold hold;
        try (StateManager manager = open()) {
            MapState<Integer, String> map = map(manager);
            fill(map);
            manager.checkpoint();
            hold = this.devices.hold(DeviceCall.READ);
            assertTimesOut(() -> map.get(0));
        }
        try (StateManager other = openWithoutFaults()) {
            assertThat(map(other).get(0)).isEqualTo(VALUE);
        }
        hold.close();
    }

    private StateManager openWithoutFaults() {
        return StateManager.open(StateManagerOptions.builder()
            .persistentStorage(Storage.of(LogDeviceFactory.local(Path.of("/store/log"), this.disk),
                    CheckpointManager.local(Path.of("/store/cp"), this.disk)))
            .indexMemory(2 << 20)
            .build());
    }

    /** Files that claim not to hang. */
    private static final class LocalDisk extends ForwardingFiles {

        LocalDisk(FaultyFiles files) {
            super(files);
        }

        @Override
        public boolean mayHang() {
            return false;
        }

        @Override
        protected LocalFile wrap(Path path, LocalFile opened) {
            return opened;
        }

    }

}
