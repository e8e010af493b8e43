package io.flowstate.spring.boot.autoconfigure;

import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

import io.flowstate.spring.boot.CheckpointCompleted;
import io.flowstate.spring.boot.RecoveryProgress;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;

import org.springframework.context.event.EventListener;

/**
 * The meters of all stores of the application.
 */
final class FlowStateMetrics implements MeterBinder {

    private final Map<String, StoreMetrics> byStore;

    FlowStateMetrics(List<Store> stores, DiskSpace diskSpace, Clock clock, LongSupplier nanoClock) {
        this.byStore = stores.stream()
            .map((store) -> new StoreMetrics(store, diskSpace, clock, nanoClock))
            .collect(Collectors.toUnmodifiableMap(StoreMetrics::store, Function.identity()));
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        this.byStore.values().forEach((metrics) -> metrics.bindTo(registry));
    }

    @EventListener
    void onRecovery(RecoveryProgress progress) {
        StoreMetrics metrics = this.byStore.get(progress.store());
        if (metrics != null && progress.phase() == RecoveryProgress.Phase.RECOVERED) {
            metrics.opened();
        }
    }

    @EventListener
    void onCheckpoint(CheckpointCompleted event) {
        StoreMetrics metrics = this.byStore.get(event.store());
        if (metrics != null) {
            metrics.completed(event.checkpoint());
        }
    }

}
