package io.flowstate.spring.boot.store;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import io.flowstate.spring.boot.RecoveryProgress;
import io.flowstate.spring.boot.RecoveryProgress.Phase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.util.StringUtils;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests {@link Recovery}. */
@ExtendWith(OutputCaptureExtension.class)
class RecoveryTests {

    private final List<Object> published = new ArrayList<>();

    private final AtomicLong now = new AtomicLong();

    @Test
    void progressIsKeptAtOnceAndToldEachFiveSeconds(CapturedOutput output) {
        StoreEvents events = new StoreEvents("mine", this.published::add, Clock.systemUTC());
        Recovery recovery = new Recovery(events, this.now::get);
        events.begin();

        recovery.begin();
        events.tell();
        passSeconds(4);
        recovery.progressed(1 << 20, 3 << 20);
        assertThat(recovery.progress()).isEqualTo(new RecoveryProgress("mine", Phase.RECOVERING, 1 << 20, 3 << 20));
        assertThat(output).doesNotContain("Recovering");
        passSeconds(1);
        recovery.progressed(2 << 20, 3 << 20);
        passSeconds(4);
        recovery.progressed(3 << 20, 3 << 20);
        recovery.end(Phase.RECOVERED);
        events.tell();

        assertThat(output).contains("Recovering the store mine: 2 of 3 MiB are read");
        assertThat(StringUtils.countOccurrencesOf(output.getAll(), "Recovering")).isOne();
        assertThat(this.published).containsExactly(new RecoveryProgress("mine", Phase.RECOVERING, 0, 0),
                new RecoveryProgress("mine", Phase.RECOVERING, 2 << 20, 3 << 20),
                new RecoveryProgress("mine", Phase.RECOVERED, 3 << 20, 3 << 20));
    }

    @Test
    void nothingIsPublishedToAContextThatIsMadeOrTakenApart() {
        StoreEvents events = new StoreEvents("mine", this.published::add, Clock.systemUTC());
        events.recovery(new RecoveryProgress("mine", Phase.RECOVERED, 0, 0));
        events.tell();
        events.failed(new IllegalStateException("before"));
        assertThat(this.published).isEmpty();
        events.begin();
        events.end();
        events.failed(new IllegalStateException("after"));

        assertThat(this.published).containsExactly(new RecoveryProgress("mine", Phase.RECOVERED, 0, 0));
    }

    private void passSeconds(long seconds) {
        this.now.addAndGet(Duration.ofSeconds(seconds).toNanos());
    }

}
