package io.flowstate.spring.boot.autoconfigure;

import java.time.Clock;

import io.flowstate.StateManager;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.expose.EndpointExposure;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * The endpoint {@code flowstate}, in an application that has Spring Boot's Actuator and
 * makes it available.
 */
@AutoConfiguration(after = FlowStateAutoConfiguration.class)
@ConditionalOnClass({ Endpoint.class, ConditionalOnAvailableEndpoint.class })
@ConditionalOnBooleanProperty(name = "flowstate.enabled", matchIfMissing = true)
@ConditionalOnBean(StateManager.class)
public final class FlowStateEndpointAutoConfiguration {

    @Bean
    @ConditionalOnAvailableEndpoint
    @ConditionalOnMissingBean
    FlowStateEndpoint flowstateEndpoint(ObjectProvider<Store> stores, DiskSpace diskSpace) {
        return new FlowStateEndpoint(stores.stream().toList(), diskSpace, Clock.systemUTC());
    }

    @Bean
    @ConditionalOnAvailableEndpoint(exposure = EndpointExposure.WEB)
    @ConditionalOnBean(FlowStateEndpoint.class)
    @ConditionalOnMissingBean
    FlowStateWebExtension flowstateWebExtension(FlowStateEndpoint endpoint) {
        return new FlowStateWebExtension(endpoint);
    }

}
