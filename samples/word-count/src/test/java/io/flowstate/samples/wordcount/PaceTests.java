package io.flowstate.samples.wordcount;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests {@link Pace} with a clock that the test moves. */
class PaceTests {

    private final AtomicLong nanoTime = new AtomicLong(-5);

    @Test
    void stepsAreSpreadEvenly() {
        Pace pace = new Pace(1000, this.nanoTime::get);

        assertThat(pace.nanosUntilNext()).isZero();
        assertThat(pace.nanosUntilNext()).isEqualTo(1_000_000);
        assertThat(pace.nanosUntilNext()).isEqualTo(2_000_000);
    }

    @Test
    void aShortDelayIsMadeUpFor() {
        Pace pace = new Pace(1000, this.nanoTime::get);
        pace.nanosUntilNext();

        this.nanoTime.addAndGet(3_000_000);

        assertThat(pace.nanosUntilNext()).isEqualTo(-2_000_000);
        assertThat(pace.nanosUntilNext()).isEqualTo(-1_000_000);
        assertThat(pace.nanosUntilNext()).isZero();
        assertThat(pace.nanosUntilNext()).isEqualTo(1_000_000);
    }

    @Test
    void aLongDelayIsNotMadeUpFor() {
        Pace pace = new Pace(1000, this.nanoTime::get);
        pace.nanosUntilNext();

        this.nanoTime.addAndGet(TimeUnit.SECONDS.toNanos(5));

        assertThat(pace.nanosUntilNext()).isZero();
        assertThat(pace.nanosUntilNext()).isEqualTo(1_000_000);
    }

    @Test
    void withoutARateNothingWaits() {
        Pace pace = new Pace(0, this.nanoTime::get);

        assertThat(pace.nanosUntilNext()).isZero();
        assertThat(pace.nanosUntilNext()).isZero();
    }

}
