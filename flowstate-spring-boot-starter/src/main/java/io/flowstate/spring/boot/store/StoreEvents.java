package io.flowstate.spring.boot.store;

import java.time.Clock;
import java.util.Objects;

import io.flowstate.Checkpoint;
import io.flowstate.spring.boot.CheckpointCompleted;
import io.flowstate.spring.boot.CheckpointFailed;
import io.flowstate.spring.boot.RecoveryProgress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.ApplicationEventPublisher;

/**
 * The application events of one store. A listener that throws is logged: a checkpoint is
 * durable, and a recovery goes on, whatever those who hear of it make of it. Before the
 * life cycle of the context has begun and after it has ended nothing is published; a
 * thread of ours would meet a context that is being made or taken apart.
 */
public final class StoreEvents {

    private static final Logger logger = LoggerFactory.getLogger(StoreEvents.class);

    private final String store;

    private final ApplicationEventPublisher publisher;

    private final Clock clock;

    private volatile boolean heard; // written by who starts and stops the context

    private @Nullable RecoveryProgress recovery; // the newest; guarded by this

    private @Nullable RecoveryProgress told; // the newest that was told; guarded by this

    private boolean telling; // a thread tells of recovery; guarded by this

    /**
     * Creates the events of a store.
     * @param store its name
     * @param publisher where they go
     * @param clock the time of failures
     */
    public StoreEvents(String store, ApplicationEventPublisher publisher, Clock clock) {
        this.store = store;
        this.publisher = publisher;
        this.clock = clock;
    }

    /** The name of the store. */
    public String store() {
        return this.store;
    }

    /**
     * From now on there are listeners: the beans of the context are made. They are told
     * how far recovery has come.
     */
    public void begin() {
        synchronized (this) {
            this.heard = true;
            this.told = null;
        }
        tell();
    }

    /** From now on there are none: the context may close. */
    public void end() {
        this.heard = false;
    }

    /**
     * A checkpoint is durable.
     * @param checkpoint the checkpoint
     */
    public void completed(Checkpoint checkpoint) {
        publish(new CheckpointCompleted(this.store, checkpoint));
    }

    /**
     * A checkpoint did not become durable.
     * @param error why
     */
    public void failed(Throwable error) {
        publish(new CheckpointFailed(this.store, error, this.clock.instant()));
    }

    /** How far recovery has come, for {@link #tell()}. */
    synchronized void recovery(RecoveryProgress progress) {
        this.recovery = progress;
    }

    /**
     * Tells how far recovery has come, unless that was told. If another thread is telling
     * it does this too, when its listeners have returned: none hears of a begin after the
     * end. Called without a lock.
     */
    void tell() {
        RecoveryProgress next = next(false);
        while (next != null) {
            publish(next);
            next = next(true);
        }
    }

    private synchronized @Nullable RecoveryProgress next(boolean mine) {
        if (this.telling && !mine) {
            return null;
        }
        RecoveryProgress next = (this.heard && !Objects.equals(this.recovery, this.told)) ? this.recovery : null;
        this.telling = next != null;
        this.told = (next != null) ? next : this.told;
        return next;
    }

    private void publish(Object event) {
        if (!this.heard) {
            return;
        }
        try {
            this.publisher.publishEvent(event);
        }
        catch (Throwable ex) {
            logger.error("A listener of {} failed", event, ex);
        }
    }

}
