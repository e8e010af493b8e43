package io.flowstate.spring.boot.autoconfigure;

import java.time.Clock;

import io.flowstate.StateManager;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * The meters of the stores, in an application that has a registry of meters.
 */
@AutoConfiguration(after = FlowStateAutoConfiguration.class,
        afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBooleanProperty(name = "flowstate.enabled", matchIfMissing = true)
@ConditionalOnBean({ MeterRegistry.class, StateManager.class })
public final class FlowStateMetricsAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    FlowStateMetrics flowstateMetrics(ObjectProvider<Store> stores, DiskSpace diskSpace) {
        return new FlowStateMetrics(stores.stream().toList(), diskSpace, Clock.systemUTC(), System::nanoTime);
    }

}
