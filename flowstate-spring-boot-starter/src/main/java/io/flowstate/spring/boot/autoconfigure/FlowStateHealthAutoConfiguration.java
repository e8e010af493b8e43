package io.flowstate.spring.boot.autoconfigure;

import java.time.Clock;
import java.util.Map;
import java.util.TreeMap;

import io.flowstate.StateManager;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.CompositeHealthContributor;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/**
 * The health contributor {@code flowstate}, in an application that has Spring Boot's
 * health on its class path.
 */
@AutoConfiguration(after = FlowStateAutoConfiguration.class)
@ConditionalOnClass({ HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class })
@ConditionalOnBooleanProperty(name = "flowstate.enabled", matchIfMissing = true)
@ConditionalOnBean(StateManager.class)
public final class FlowStateHealthAutoConfiguration {

    @Bean
    @ConditionalOnEnabledHealthIndicator("flowstate")
    @ConditionalOnMissingBean(name = { "flowstateHealthIndicator", "flowstateHealthContributor" })
    HealthContributor flowstateHealthContributor(ObjectProvider<Store> stores, DiskSpace diskSpace) {
        Map<String, HealthIndicator> byStore = new TreeMap<>();
        stores.forEach((store) -> byStore.put(store.name(),
                new FlowStateHealthIndicator(store, diskSpace, Clock.systemUTC())));
        return (byStore.size() > 1) ? CompositeHealthContributor.fromMap(byStore) : byStore.values().iterator().next();
    }

}
