package io.flowstate.spring.boot.store;

import java.time.Duration;
import java.util.function.LongSupplier;

import io.flowstate.RecoveryListener;
import io.flowstate.spring.boot.RecoveryProgress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far the opening of a store has come: remembered for those who ask, and logged and
 * published each five seconds. Told by the opening thread, asked by any.
 */
final class Recovery implements RecoveryListener {

    private static final long INTERVAL_NANOS = Duration.ofSeconds(5).toNanos();

    private static final Logger logger = LoggerFactory.getLogger(Recovery.class);

    private final StoreEvents events;

    private final LongSupplier nanoClock;

    private volatile RecoveryProgress progress; // written by the opening thread only

    private long toldAt; // the opening thread only

    Recovery(StoreEvents events, LongSupplier nanoClock) {
        this.events = events;
        this.nanoClock = nanoClock;
        this.progress = new RecoveryProgress(events.store(), RecoveryProgress.Phase.RECOVERING, 0, 0);
    }

    /** It begins; who calls this tells the events. */
    void begin() {
        this.toldAt = this.nanoClock.getAsLong();
        this.events.recovery(this.progress);
    }

    @Override
    public void progressed(long bytesRead, long bytesToRead) {
        reached(RecoveryProgress.Phase.RECOVERING, bytesRead, bytesToRead);
        long now = this.nanoClock.getAsLong();
        if (now - this.toldAt >= INTERVAL_NANOS) {
            this.toldAt = now;
            logger.info("Recovering the store {}: {} of {} MiB are read", this.events.store(), bytesRead >> 20,
                    bytesToRead >> 20);
            this.events.recovery(this.progress);
            this.events.tell();
        }
    }

    /** It ends; who calls this tells the events. */
    void end(RecoveryProgress.Phase phase) {
        reached(phase, this.progress.bytesRead(), this.progress.bytesToRead());
        this.events.recovery(this.progress);
    }

    RecoveryProgress progress() {
        return this.progress;
    }

    private void reached(RecoveryProgress.Phase phase, long bytesRead, long bytesToRead) {
        this.progress = new RecoveryProgress(this.events.store(), phase, bytesRead, bytesToRead);
    }

}
