package io.flowstate.spring.boot.autoconfigure;

import io.flowstate.spring.boot.json.JsonSerializers;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.context.annotation.Bean;

/**
 * Values as JSON, in an application that has Jackson and a {@link JsonMapper} bean.
 */
@AutoConfiguration(after = JacksonAutoConfiguration.class)
@ConditionalOnClass(JsonMapper.class)
@ConditionalOnSingleCandidate(JsonMapper.class)
public final class FlowStateJsonAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    JsonSerializers flowstateJsonSerializers(JsonMapper jsonMapper) {
        return new JsonSerializers(jsonMapper);
    }

}
