package io.flowstate.spring.boot.autoconfigure;

import java.util.Locale;

import io.flowstate.spring.boot.store.StoreObserver;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;

/**
 * The observations {@code flowstate.checkpoint} and {@code flowstate.recovery}, which
 * become timers and spans.
 */
final class ObservedStore implements StoreObserver {

    private final ObservationRegistry registry;

    ObservedStore(ObservationRegistry registry) {
        this.registry = registry;
    }

    @Override
    public Observed begin(Operation operation, String store) {
        String what = operation.name().toLowerCase(Locale.ROOT);
        Observation observation = Observation.createNotStarted("flowstate." + what, this.registry)
            .contextualName(what + " " + store)
            .lowCardinalityKeyValue("store", store)
            .start();
        return (failure) -> {
            if (failure != null) {
                observation.error(failure);
            }
            observation.stop();
        };
    }

}
