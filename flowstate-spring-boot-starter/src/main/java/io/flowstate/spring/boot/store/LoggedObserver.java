package io.flowstate.spring.boot.store;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets another observer see, and logs what that throws: what is observed goes on, or has
 * happened, whatever the observer makes of it.
 */
final class LoggedObserver implements StoreObserver {

    private static final Logger logger = LoggerFactory.getLogger(LoggedObserver.class);

    private final StoreObserver observer;

    LoggedObserver(StoreObserver observer) {
        this.observer = observer;
    }

    @Override
    public Observed begin(Operation operation, String store) {
        Observed observed;
        try {
            observed = this.observer.begin(operation, store);
        }
        catch (Throwable ex) {
            log(operation, store, ex);
            return NONE.begin(operation, store);
        }
        return (failure) -> end(observed, failure, operation, store);
    }

    private static void end(Observed observed, @Nullable Throwable failure, Operation operation, String store) {
        try {
            observed.end(failure);
        }
        catch (Throwable ex) {
            log(operation, store, ex);
        }
    }

    private static void log(Operation operation, String store, Throwable thrown) {
        logger.error("An observer of {} of the store {} failed", operation, store, thrown);
    }

}
