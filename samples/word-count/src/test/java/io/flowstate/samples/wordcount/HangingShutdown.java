package io.flowstate.samples.wordcount;

import io.flowstate.spring.boot.autoconfigure.FlowStateProperties;
import io.flowstate.spring.boot.test.TestStorage;
import io.flowstate.storage.Storage;

import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.ContextClosedEvent;

/**
 * A storage that works until the application is told to stop, and then commits no
 * checkpoint and does not answer. For the packaged sample, which a test starts with it.
 */
final class HangingShutdown {

    @Bean
    TestStorage testStorage(FlowStateProperties properties) {
        return TestStorage.of(Storage.local(properties.logDir(), properties.checkpointDir()));
    }

    @Bean
    Storage storage(TestStorage testStorage) {
        return testStorage.storage();
    }

    @Bean
    ApplicationListener<ContextClosedEvent> hanging(TestStorage testStorage) {
        return (event) -> testStorage.hold(TestStorage.Point.COMMIT);
    }

}
