package io.flowstate.azure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import com.azure.storage.blob.BlobContainerClient;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import io.flowstate.Checkpoint;
import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.azure.FaultProxy.Fault;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.MapState;
import io.flowstate.storage.CheckpointFailedException;
import io.flowstate.storage.FencedException;
import io.flowstate.storage.StateException;
import io.flowstate.storage.StateFailedException;
import io.flowstate.storage.StorageUnavailableException;
import io.flowstate.testing.Torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * A store whose network breaks in every way at random: no acknowledged checkpoint is
 * lost, none outlives its deadline, every error is of the family, and all recovers by
 * itself. Repeated with {@code -Dflowstate.torture.azureFaults=200}, the number of
 * checkpoints attempted.
 */
@ExtendWith(Azurite.class)
class AzureFaultTest {

    private static final String NAME = "azure-faults";

    private static final List<Fault> FAULTS = Stream.of(Fault.values()).filter((fault) -> fault != Fault.NONE).toList();

    private static final Duration CHECKPOINT_TIMEOUT = Duration.ofSeconds(8);

    /** A busy machine answers late. */
    private static final Duration SLACK = Duration.ofSeconds(5);

    private final BlobContainerClient container = Azurite.newContainer();

    private final Set<Long> cuts = new HashSet<>(Set.of(0L));

    private volatile int faultsInThousand;

    private SplittableRandom random = new SplittableRandom(); // guarded by this

    private final FaultProxy proxy;

    private long acknowledged; // the version

    private int failed;

    private int failedCalls;

    private int failedOpenings;

    @TempDir
    Path local;

    AzureFaultTest() throws Exception {
        this.proxy = new FaultProxy(Azurite.port(), (request) -> next());
    }

    @AfterEach
    void end() throws Exception {
        this.proxy.close();
    }

    private synchronized Fault next() {
        return (this.random.nextInt(1000) < this.faultsInThousand) ? FAULTS.get(this.random.nextInt(FAULTS.size()))
                : Fault.NONE;
    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void noAcknowledgedCheckpointIsLostWhateverTheNetworkDoes() throws Exception {
        long seed = Torture.seed(NAME);
        int attempts = Torture.count("azureFaults", 24);
        OrdersWorkload workload = new OrdersWorkload(seed);
        synchronized (this) {
            this.random = Torture.random(seed, 0);
        }
        int perOpening = Math.max(1, attempts / 4);

        for (int done = 0; done < attempts; done += perOpening) {
            this.faultsInThousand = 120;
            StateManager manager = openThroughFaults(done);
            try {
                for (int attempt = 0; attempt < perOpening; attempt++) {
                    step(new OrdersStore(manager), workload);
                }
            }
            finally {
                manager.close();
            }
            this.faultsInThousand = 0;
            recover(workload, done);
        }

        Torture.say(NAME,
                "seed %d: %d checkpoints attempted, %d of them failed, %d openings and %d calls failed, faults %s,"
                        + " 0 violations",
                seed, attempts, this.failed, this.failedOpenings, this.failedCalls, this.proxy.made());
    }

    private StateManager openThroughFaults(int number) {
        for (int i = 0; i < 100; i++) {
            try {
                return StateManager.open(options("faulty-" + number, this.proxy.port()));
            }
            catch (StateException ex) {
                checkTyped(ex);
                this.failedOpenings++;
            }
        }
        throw new AssertionError("the store could not be opened in 100 tries");
    }

    private void step(OrdersStore store, OrdersWorkload workload) {
        Orders patient = new PatientOrders(store);
        long begin = patientPosition(store);
        for (long index = begin; index < begin + 15; index++) {
            workload.apply(index, patient);
        }
        long position = begin + 15;
        this.cuts.add(position);
        long start = System.nanoTime();
        Checkpoint done = null;
        try {
            done = (position % 2 == 0) ? store.manager.checkpoint() : store.manager.checkpointAsync().join();
        }
        catch (CheckpointFailedException | CompletionException ex) {
            this.failed++;
            checkTyped((ex instanceof CompletionException) ? ex.getCause() : ex);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).as("time of a checkpoint")
            .isLessThan(CHECKPOINT_TIMEOUT.plus(SLACK));
        this.acknowledged = (done != null) ? done.version() : this.acknowledged;
    }

    private long patientPosition(OrdersStore store) {
        long[] position = new long[1];
        patiently(() -> position[0] = store.position());
        return position[0];
    }

    private void recover(OrdersWorkload workload, int number) throws Exception {
        try (StateManager manager = StateManager.open(options("clean-" + number, Azurite.port()))) {
            long found = manager.lastCheckpoint().map(Checkpoint::version).orElse(0L);
            OrdersModel content = new OrdersStore(manager).content();
            assertThat(found).as("version recovered").isGreaterThanOrEqualTo(this.acknowledged);
            assertThat(this.cuts).as("positions of cuts").contains(content.position);
            assertThat(OrdersModel.of(workload, content.position).differences(content)).isEmpty();
        }
    }

    @Test
    void aLongOutageNeedsNoRestart() throws Exception {
        OrdersWorkload workload = new OrdersWorkload(Torture.seed(NAME));
        try (StateManager manager = StateManager.open(options("outage", this.proxy.port()))) {
            OrdersStore store = new OrdersStore(manager);
            store.continueWith(workload, 50);
            long before = manager.checkpoint().version();

            this.proxy.down(true);
            for (int i = 1; i <= 3; i++) {
                store.continueWith(workload, 50 + 10 * i); // writers go on
                long start = System.nanoTime();
                assertThatThrownBy(manager::checkpoint).isInstanceOf(CheckpointFailedException.class)
                    .hasCauseInstanceOf(StorageUnavailableException.class)
                    .hasMessageContaining("check the endpoint and the network");
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(CHECKPOINT_TIMEOUT.plus(SLACK));
            }
            MapState<String, byte[]> filler = manager.scope("filler")
                .map("map", Serializers.string(), Serializers.bytes());
            StateException refused = writeUntilRefused(filler);
            assertThat(OrdersModel.of(workload, 80).differences(store.content())).as("read during the outage")
                .isEmpty();
            this.proxy.down(false);

            assertThat(refused).isInstanceOf(StorageUnavailableException.class);
            assertThat(manager.checkpoint().version()).isGreaterThan(before);
            assertThat(manager.stats().device().lastError()).isNull();
            store.continueWith(workload, 200);
            manager.checkpoint();
        }
        this.cuts.add(200L);
        recover(workload, 0);
    }

    /** Until memory is full, as far as it goes, and then an error in time. */
    private static StateException writeUntilRefused(MapState<String, byte[]> filler) {
        for (int i = 0; i < 10_000; i++) {
            try {
                filler.put("filler-" + i, new byte[10_000]);
            }
            catch (StateException ex) {
                return ex;
            }
        }
        throw new AssertionError("memory of a few MB takes 100 MB");
    }

    @Test
    void anEndpointThatCannotBeReachedIsToldWithinSeconds() {
        this.proxy.down(true);
        long start = System.nanoTime();

        assertThatThrownBy(() -> StateManager.open(options("unreachable", this.proxy.port())))
            .isInstanceOf(StorageUnavailableException.class)
            .hasMessageContaining("http://127.0.0.1:" + this.proxy.port());

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3).plus(SLACK));
    }

    private static void checkTyped(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (!(cause instanceof StateException) || cause instanceof FencedException
                    || cause instanceof StateFailedException) {
                throw new AssertionError("not an error of the family that may pass", failure);
            }
        }
    }

    private void patiently(Runnable operation) {
        for (int i = 0; i < 1000; i++) {
            try {
                operation.run();
                return;
            }
            catch (StateException ex) {
                checkTyped(ex); // thrown means not done
                this.failedCalls++;
            }
        }
        throw new AssertionError("an operation has failed 1000 times");
    }

    private StateManagerOptions options(String machine, int port) {
        AzureBlobStorage.Builder storage = AzureBlobStorage.builder()
            .connectionString(Azurite.connectionString(port), this.container.getBlobContainerName())
            .prefix("orders")
            .leaseDuration(Duration.ofSeconds(2))
            .takeOverTimeout(Duration.ofSeconds(4))
            .leftoverGrace(Duration.ZERO)
            .tryTimeout(Duration.ofMillis(500))
            .maxTries(4)
            .deadline(Duration.ofSeconds(3))
            .objectSize(64 << 10);
        if (machine.equals("outage")) {
            storage.cacheDirectory(this.local.resolve("cache"));
        }
        return StateManagerOptions.builder()
            .persistentStorage(storage.build().storage())
            .pageSize(64 << 10)
            .memorySize(32 * (64 << 10))
            .segmentSize(128 << 10)
            .indexMemory(4 << 20)
            .replayLimit(256 << 10)
            .checkpointsToKeep(2)
            .cachePageCount(10)
            .cacheMemory(4 << 20)
            .statePageSize(4096)
            .checkpointTimeout(CHECKPOINT_TIMEOUT)
            .deviceTimeout(Duration.ofSeconds(6))
            .temporaryDirectory(this.local.resolve(machine))
            .build();
    }

    /** Does each operation again, by itself, until it is done. */
    private final class PatientOrders implements Orders {

        private final OrdersStore store;

        PatientOrders(OrdersStore store) {
            this.store = store;
        }

        @Override
        public void put(String key, String value) {
            patiently(() -> this.store.put(key, value));
        }

        @Override
        public void remove(String key) {
            patiently(() -> this.store.remove(key));
        }

        @Override
        public void add(String key, long count) {
            patiently(() -> this.store.add(key, count));
        }

        @Override
        public void order(long at, String text) {
            patiently(() -> this.store.order(at, text));
        }

        @Override
        public void cancel(long at) {
            patiently(() -> this.store.cancel(at));
        }

        @Override
        public void enqueue(String item) {
            patiently(() -> this.store.enqueue(item));
        }

        @Override
        public void dequeue() {
            patiently(this.store::dequeue);
        }

        @Override
        public void clear() {
            patiently(this.store::clear);
        }

        @Override
        public void position(long position) {
            patiently(() -> this.store.position(position));
        }

    }

}
