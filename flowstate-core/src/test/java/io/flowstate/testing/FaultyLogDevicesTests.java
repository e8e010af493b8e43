package io.flowstate.testing;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.LogSegment;
import io.flowstate.storage.StorageFullException;
import io.flowstate.storage.StorageUnavailableException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link FaultyLogDevices}: the contract while nothing is wrong, and each
 * fault.
 */
class FaultyLogDevicesTests extends LogDeviceContract {

    private static final LogSegment SEGMENT = new LogSegment("record", 1, 0, 64);

    private final FaultyLogDevices devices = new FaultyLogDevices(LogDeviceFactory.inMemory());

    @Override
    protected LogDeviceFactory createFactory() {
        return new FaultyLogDevices(LogDeviceFactory.inMemory());
    }

    @Test
    void theNthCallFailsAndOnlyThat() {
        try (LogDevice device = this.devices.open("test")) {
            this.devices.failCall(DeviceCall.CREATE, 1);
            this.devices.failCall(3);

            assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> device.create(SEGMENT));
            device.create(SEGMENT);
            assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(device::segments);

            assertThat(device.segments()).containsExactly(SEGMENT);
            assertThat(this.devices.calls()).isEqualTo(4);
            assertThat(this.devices.calls(DeviceCall.CREATE)).isEqualTo(2);
        }
    }

    @Test
    void aFullDeviceTakesNothingUntilHealed() {
        try (LogDevice device = this.devices.open("test")) {
            device.create(SEGMENT);
            this.devices.fill();
            assertThatExceptionOfType(StorageFullException.class)
                .isThrownBy(() -> device.write(SEGMENT, 0, ByteBuffer.allocate(10)));
            assertThat(device.length(SEGMENT)).isZero();

            this.devices.heal();
            device.write(SEGMENT, 0, ByteBuffer.allocate(10));
            device.read(SEGMENT, 4, ByteBuffer.allocate(3));

            assertThat(this.devices.bytesWritten()).isEqualTo(10);
            assertThat(this.devices.bytesRead()).isEqualTo(3);
        }
    }

    @Test
    void aSyncIsHeldUntilItIsReleased() throws Exception {
        try (LogDevice device = this.devices.open("test"); Hold hold = this.devices.hold(DeviceCall.SYNC)) {
            device.create(SEGMENT);
            CompletableFuture<Void> syncing = CompletableFuture.runAsync(() -> device.sync(SEGMENT));
            hold.awaitCaller();
            assertThat(syncing).isNotDone();

            hold.release();

            syncing.get(1, TimeUnit.MINUTES);
        }
    }

    @Test
    void lastingAndRandomFaultsLastUntilHealed() {
        try (LogDevice device = this.devices.open("test")) {
            device.create(SEGMENT);
            this.devices.failFrom(2);
            assertThat(device.segments()).hasSize(1);
            assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(device::segments);
            assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> device.sync(SEGMENT));
            this.devices.heal();
            this.devices.failRandomly(7, 1, DeviceCall.LENGTH);
            assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> device.length(SEGMENT));
            assertThat(device.segments()).hasSize(1);
            this.devices.heal();
            assertThat(device.length(SEGMENT)).isZero();
        }
    }

    @Test
    void aTornWriteWritesHalfAndAShortReadReadsHalf() {
        try (LogDevice device = this.devices.open("test")) {
            device.create(SEGMENT);
            this.devices.tearWrite(2);
            device.write(SEGMENT, 0, ByteBuffer.allocate(10));
            assertThatExceptionOfType(StorageUnavailableException.class)
                .isThrownBy(() -> device.write(SEGMENT, 10, ByteBuffer.allocate(10)));
            assertThat(device.length(SEGMENT)).isEqualTo(15);

            this.devices.shortenRead(1);
            ByteBuffer target = ByteBuffer.allocate(10);
            assertThatExceptionOfType(StorageUnavailableException.class)
                .isThrownBy(() -> device.read(SEGMENT, 0, target));
            assertThat(target.position()).isEqualTo(5);
            assertThat(target.limit()).isEqualTo(10);
        }
    }

    @Test
    void aSegmentUsedAgainAfterAFailureIsNamed() {
        try (LogDevice device = this.devices.open("test")) {
            device.create(SEGMENT);
            device.sync(SEGMENT);
            this.devices.failCall(DeviceCall.SYNC, 1);
            assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> device.sync(SEGMENT));
            assertThat(this.devices.usedAgain()).isEmpty();

            device.sync(SEGMENT);

            assertThat(this.devices.usedAgain()).containsExactly(SEGMENT);
        }
    }

    @Test
    void aStopIsForGood() {
        try (LogDevice device = this.devices.open("test")) {
            device.create(SEGMENT);
            this.devices.stopAt(DeviceCall.WRITE, 1);
            this.devices.stopAt(4);
            assertThatExceptionOfType(StorageUnavailableException.class)
                .isThrownBy(() -> device.write(SEGMENT, 0, ByteBuffer.allocate(10)));
            assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(device::segments);
            this.devices.heal();
            assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(() -> device.delete(SEGMENT));
        }
    }

    @Test
    void aReadIsHeldAtTheNth() throws Exception {
        try (LogDevice device = this.devices.open("test"); Hold hold = this.devices.hold(DeviceCall.LENGTH, 2)) {
            device.create(SEGMENT);
            assertThat(device.length(SEGMENT)).isZero();
            CompletableFuture<Long> asking = CompletableFuture.supplyAsync(() -> device.length(SEGMENT));
            hold.awaitCaller();
            assertThat(asking).isNotDone();

            hold.fail();

            assertThat(asking).failsWithin(1, TimeUnit.MINUTES);
        }
    }

}
