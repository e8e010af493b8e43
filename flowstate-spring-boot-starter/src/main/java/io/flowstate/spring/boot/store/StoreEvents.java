package io.flowstate.spring.boot.store;

import java.time.Clock;

import io.flowstate.Checkpoint;
import io.flowstate.spring.boot.CheckpointCompleted;
import io.flowstate.spring.boot.CheckpointFailed;
import io.flowstate.spring.boot.RecoveryProgress;
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
     * From now on there are listeners: the beans of the context are made.
     * @param recovery how far it has come so far, which they are told first
     */
    public void begin(RecoveryProgress recovery) {
        this.heard = true;
        publish(recovery);
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

    void recovery(RecoveryProgress progress) {
        publish(progress);
    }

    private void publish(Object event) {
        if (!this.heard) {
            return;
        }
        try {
            this.publisher.publishEvent(event);
        }
        catch (RuntimeException ex) {
            logger.error("A listener of {} failed", event, ex);
        }
    }

}
