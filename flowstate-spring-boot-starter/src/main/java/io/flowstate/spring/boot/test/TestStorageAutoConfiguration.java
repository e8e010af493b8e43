package io.flowstate.spring.boot.test;

import io.flowstate.spring.boot.autoconfigure.FlowStateAutoConfiguration;
import io.flowstate.spring.boot.autoconfigure.FlowStateProperties;
import io.flowstate.storage.Storage;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** The storage of a test, unless the application has one of its own. */
@AutoConfiguration(before = FlowStateAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "flowstate.enabled", matchIfMissing = true)
@ConditionalOnMissingBean(Storage.class)
@EnableConfigurationProperties(FlowStateProperties.class)
final class TestStorageAutoConfiguration {

    @Bean
    TestStorage flowstateTestStorage(FlowStateProperties properties) {
        return TestStorage.of(Storage.local(properties.logDir(), properties.checkpointDir()));
    }

    @Bean
    Storage flowstateStorage(TestStorage testStorage) {
        return testStorage.storage();
    }

}
