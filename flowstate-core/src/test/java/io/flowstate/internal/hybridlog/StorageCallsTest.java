package io.flowstate.internal.hybridlog;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.flowstate.storage.StorageFullException;
import io.flowstate.storage.StorageUnavailableException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Nobody waits for ever for a call of a medium, and none is made beside one that hangs.
 */
@Timeout(60)
class StorageCallsTest {

    private final StorageCalls calls = new StorageCalls("test", Duration.ofMillis(200), System::nanoTime);

    private final CountDownLatch answering = new CountDownLatch(1);

    @AfterEach
    void letGo() {
        this.answering.countDown();
        this.calls.close();
    }

    private <T> T after(CountDownLatch latch, T result) {
        try {
            assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
            return result;
        }
        catch (InterruptedException ex) {
            throw new AssertionError(ex);
        }
    }

    private void assertTimesOut() {
        assertThatExceptionOfType(StorageUnavailableException.class)
            .isThrownBy(() -> this.calls.call("asking", () -> after(this.answering, "late")))
            .withMessage("asking: the storage has not answered for PT0.2S (device-timeout)");
    }

    @Test
    void aCallReturnsWhatItIsAskedForOnAnotherThread() {
        Thread caller = Thread.currentThread();

        assertThat(this.calls.call("asking", Thread::currentThread)).isNotSameAs(caller);
        assertThat(this.calls.call("asking", () -> "answer")).isEqualTo("answer");
    }

    @Test
    void whatACallThrowsIsThrownWithTheOneWhoAskedBelow() {
        StorageFullException full = new StorageFullException("full");

        assertThatExceptionOfType(StorageFullException.class).isThrownBy(() -> this.calls.run("writing", () -> {
            throw full;
        })).isSameAs(full);
        assertThat(full.getStackTrace()).anyMatch((frame) -> frame.getMethodName().startsWith("whatACallThrows"));
        assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> this.calls.run("writing", () -> {
            throw new AssertionError("ours");
        }));
    }

    @Test
    void whileOneHangsTheOthersFailAtOnceAndAreNeverMade() {
        AtomicInteger others = new AtomicInteger();
        assertTimesOut();

        assertThatExceptionOfType(StorageUnavailableException.class)
            .isThrownBy(() -> this.calls.run("counting", others::incrementAndGet))
            .withMessageContaining("counting: the storage has still not answered an earlier call");

        this.answering.countDown();
        int made = 0;
        while (made == 0) {
            made = countOnceItAnswers(others);
        }
        assertThat(made).isEqualTo(1);
    }

    private int countOnceItAnswers(AtomicInteger others) {
        try {
            return this.calls.call("counting", others::incrementAndGet);
        }
        catch (StorageUnavailableException ex) {
            assertThat(ex).hasMessageContaining("still not answered");
            return 0;
        }
    }

    @Test
    void whatWasTakenTooLateIsGivenBackAndTheLastCallComesAfterThat() {
        CompletableFuture<String> givenBack = new CompletableFuture<>();
        CompletableFuture<Boolean> free = new CompletableFuture<>();
        assertThatExceptionOfType(StorageUnavailableException.class)
            .isThrownBy(() -> this.calls.call("taking", () -> after(this.answering, "taken"), givenBack::complete));

        assertThatExceptionOfType(StorageUnavailableException.class)
            .isThrownBy(() -> this.calls.callLast("giving free", () -> free.complete(givenBack.isDone())))
            .withMessageContaining("done as soon as it has");
        assertThat(free).isNotDone();
        this.answering.countDown();

        assertThat(free).succeedsWithin(Duration.ofMinutes(1)).isEqualTo(true);
        assertThat(givenBack).isCompletedWithValue("taken");
        assertThatIllegalStateException().isThrownBy(() -> this.calls.call("asking", () -> "answer"));
    }

    @Test
    void theLastCallMayHangToo() {
        assertThatExceptionOfType(StorageUnavailableException.class)
            .isThrownBy(() -> this.calls.callLast("giving free", () -> after(this.answering, "late")))
            .withMessage("giving free: the storage has not answered for PT0.2S (device-timeout)");
    }

    @Test
    void anInterruptDoesNotEndTheWait() {
        Thread.currentThread().interrupt();

        String answer = this.calls.call("asking", () -> "answer");

        assertThat(Thread.interrupted()).isTrue();
        assertThat(answer).isEqualTo("answer");
    }

}
