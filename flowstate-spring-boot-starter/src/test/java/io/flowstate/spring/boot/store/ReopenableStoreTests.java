package io.flowstate.spring.boot.store;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;

import io.flowstate.RecoveryListener;
import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.spring.boot.RecoveryProgress;
import io.flowstate.spring.boot.RecoveryProgress.Phase;
import io.flowstate.storage.Storage;
import io.flowstate.storage.StorageUnavailableException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/** Tests {@link ReopenableStore} with those who listen to it and observe it. */
@ExtendWith(OutputCaptureExtension.class)
@Timeout(60)
class ReopenableStoreTests {

    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    private final AtomicLong now = new AtomicLong();

    private final CountDownLatch held = new CountDownLatch(1);

    private Function<RecoveryListener, StateManager> opening = this::open;

    private Consumer<RecoveryProgress> listener = (progress) -> {
    };

    private StoreObserver observer = StoreObserver.NONE;

    private final StoreEvents events = new StoreEvents("mine",
            (event) -> this.listener.accept((RecoveryProgress) event), Clock.systemUTC());

    private final ReopenableStore store = new ReopenableStore((progress) -> this.opening.apply(progress), this.events,
            (operation, name) -> this.observer.begin(operation, name), this.now::get);

    @AfterEach
    void close() {
        this.held.countDown();
        assertThat(this.store.beginClose()).succeedsWithin(LONG);
    }

    @Test
    void whatAnObserverThrowsAtTheBeginIsLoggedAndTheStoreOpens(CapturedOutput output) {
        this.observer = (operation, name) -> {
            throw new IllegalStateException("the test throws this");
        };

        this.store.openInBackground();

        assertThat(this.store.present().checkpoint().version()).isOne();
        assertThat(output).contains("the test throws this");
    }

    @Test
    void whatAnObserverThrowsAtTheEndIsLoggedAndTheStoreIsOpen(CapturedOutput output) {
        this.observer = (operation, name) -> (failure) -> {
            throw new IllegalStateException("the test throws this");
        };

        this.store.open();

        assertThat(this.store.present().checkpoint().version()).isOne();
        assertThat(output).contains("the test throws this");
    }

    @Test
    void whatAnObserverThrowsOfAFailureDoesNotHideIt() {
        this.opening = this::fail;
        this.observer = (operation, name) -> (failure) -> {
            throw new IllegalStateException("the test throws this");
        };

        this.store.openInBackground();

        assertThatExceptionOfType(StorageUnavailableException.class).isThrownBy(this.store::present);
    }

    @Test
    void aCheckedExceptionThatAnOpeningThrowsReachesThoseWhoWait() {
        this.opening = (progress) -> throwUndeclared(new IOException("the test throws this"));

        this.store.openInBackground();

        assertThatIllegalStateException().isThrownBy(this.store::present)
            .withStackTraceContaining("the test throws this");
    }

    @Test
    void whoIsToldThatRecoveryFailedMayAskForTheState() {
        CompletableFuture<StateManager> asked = new CompletableFuture<>();
        this.opening = this::fail;
        this.listener = (progress) -> {
            if (progress.phase() == Phase.FAILED) {
                asked.completeAsync(this.store::present, Runnable::run);
            }
        };
        this.events.begin();

        this.store.openInBackground();

        assertThat(asked).failsWithin(LONG)
            .withThrowableOfType(ExecutionException.class)
            .withCauseInstanceOf(StorageUnavailableException.class);
    }

    @Test
    void theThreadThatRecoversIsRefusedTheStateInsteadOfWaitingForItself(CapturedOutput output) {
        this.opening = (progress) -> {
            this.now.addAndGet(Duration.ofSeconds(5).toNanos());
            progress.progressed(1, 2);
            return open(progress);
        };
        this.listener = (progress) -> {
            if (progress.phase() == Phase.RECOVERING && progress.bytesRead() == 1) {
                this.store.present();
            }
        };
        this.events.begin();

        this.store.openInBackground();

        assertThat(this.store.present().checkpoint().version()).isOne();
        assertThat(output).contains("the store mine is being recovered by this very thread");
    }

    @Test
    void aFailureInTheBackgroundIsLogged(CapturedOutput output) {
        this.opening = this::fail;

        this.store.openInBackground();

        await().atMost(LONG)
            .untilAsserted(() -> assertThat(output).contains("The store mine could not be opened")
                .contains("the test makes this opening fail"));
    }

    @Test
    void openingInTheBackgroundDoesNotWaitForAnEarlierClosing() {
        this.opening = (progress) -> {
            awaitUninterruptibly(this.held);
            return open(progress);
        };
        this.store.openInBackground();
        CompletableFuture<?> closing = this.store.beginClose();

        assertThat(CompletableFuture.runAsync(this.store::openInBackground)).succeedsWithin(LONG);

        assertThat(closing).isNotDone();
        this.held.countDown();
        assertThat(this.store.present().checkpoint().version()).isPositive();
        assertThat(closing).isDone();
    }

    @Test
    void theEndOfARecoveryIsToldAfterItsBeginThoughTheyMeet() {
        List<Phase> told = new CopyOnWriteArrayList<>();
        this.opening = (progress) -> {
            awaitUninterruptibly(this.held);
            return open(progress);
        };
        this.listener = (progress) -> {
            if (progress.phase() == Phase.RECOVERING) {
                this.held.countDown();
                this.store.present(); // the store is open before this event has reached
                                      // all
            }
            told.add(progress.phase());
        };
        this.store.openInBackground();

        this.events.begin();

        await().atMost(LONG).untilAsserted(() -> assertThat(told).endsWith(Phase.RECOVERED));
        assertThat(told).containsExactly(Phase.RECOVERING, Phase.RECOVERED);
    }

    private StateManager open(RecoveryListener progress) {
        return StateManager.open(StateManagerOptions.builder()
            .persistentStorage(Storage.local(this.directory.resolve("log"), this.directory.resolve("checkpoints")))
            .temporaryDirectory(this.directory.resolve("temp"))
            .build(), progress);
    }

    private StateManager fail(RecoveryListener progress) {
        throw new StorageUnavailableException("the test makes this opening fail");
    }

    @SuppressWarnings("unchecked") // the compiler takes E for unchecked
    private static <E extends Exception> StateManager throwUndeclared(Exception failure) throws E {
        throw (E) failure;
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        }
        catch (InterruptedException ex) {
            throw new IllegalStateException(ex);
        }
    }

}
