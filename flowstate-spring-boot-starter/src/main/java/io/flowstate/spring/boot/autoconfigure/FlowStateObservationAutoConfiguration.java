package io.flowstate.spring.boot.autoconfigure;

import io.flowstate.spring.boot.store.StoreObserver;
import io.micrometer.observation.ObservationRegistry;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * Observations of checkpoints and recovery, in an application that has a registry of
 * observations.
 */
@AutoConfiguration(before = FlowStateAutoConfiguration.class,
        afterName = "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration")
@ConditionalOnClass(ObservationRegistry.class)
@ConditionalOnBooleanProperty(name = "flowstate.enabled", matchIfMissing = true)
@ConditionalOnBean(ObservationRegistry.class)
public final class FlowStateObservationAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    StoreObserver flowstateStoreObserver(ObservationRegistry registry) {
        return new ObservedStore(registry);
    }

}
