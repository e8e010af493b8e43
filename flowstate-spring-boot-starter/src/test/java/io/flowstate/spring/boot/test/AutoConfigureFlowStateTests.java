package io.flowstate.spring.boot.test;

import io.flowstate.StateManager;
import io.flowstate.serialization.Serializers;
import io.flowstate.spring.boot.autoconfigure.FlowStateProperties;
import io.flowstate.spring.boot.json.JsonSerializers;
import io.flowstate.spring.boot.test.TestStorage.Point;
import io.flowstate.state.CounterState;
import io.flowstate.storage.CheckpointFailedException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.junit.jupiter.SpringExtension;
import org.junit.jupiter.api.extension.ExtendWith;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Tests {@link AutoConfigureFlowState}. */
class AutoConfigureFlowStateTests {

    /** With all of Spring Boot. */
    @Nested
    @SpringBootTest(classes = Application.class, webEnvironment = SpringBootTest.WebEnvironment.NONE,
            properties = { "flowstate.log-dir=never/log", "flowstate.stores.orders.log-dir=never/orders",
                    "flowstate.memory-size=16MB", "flowstate.stores.orders.memory-size=16MB",
                    "flowstate.index-memory=16MB", "flowstate.stores.orders.index-memory=16MB" })
    @AutoConfigureFlowState
    class Whole {

        @Autowired
        private StateManager state;

        @Autowired
        @Qualifier("orders")
        private StateManager orders;

        @Autowired
        private TestStorage storage;

        @Autowired
        private FlowStateProperties settings;

        @Autowired
        private ConfigurableApplicationContext context;

        @Test
        void storesLieInATemporaryDirectoryAndOutliveAStop() {
            assertThat(this.settings.logDir().toString()).contains("flowstate-test-");
            assertThat(this.settings.checkpoint().interval()).isZero();
            assertThat(this.settings.logDir()).isNotEmptyDirectory();
            hits(this.state).add("a", 1);
            hits(this.orders).add("a", 2);

            this.context.stop();
            this.context.start();

            assertThat(hits(this.state).get("a")).isOne();
            assertThat(hits(this.orders).get("a")).isEqualTo(2);
        }

        @Test
        void theStorageFailsWhenTheTestSaysSo() {
            hits(this.state).add("b", 1);
            this.storage.fail(Point.COMMIT);
            assertThatExceptionOfType(CheckpointFailedException.class).isThrownBy(this.state::checkpoint);
            this.storage.heal();
            assertThat(this.state.checkpoint().version()).isPositive();
        }

    }

    /** Without auto-configuration, as in a slice. */
    @Nested
    @ExtendWith(SpringExtension.class)
    @ContextConfiguration(classes = Nothing.class)
    @AutoConfigureFlowState
    class Slice {

        @Autowired
        private StateManager state;

        @Autowired
        private ObjectProvider<JsonSerializers> json;

        @Test
        void thereIsAStoreAndNothingElse() {
            hits(this.state).add("a", 1);
            assertThat(this.state.checkpoint().version()).isPositive();
            assertThat(this.json.getIfAvailable()).isNull();
        }

    }

    private static CounterState<String> hits(StateManager state) {
        return state.scope("test").counters("hits", Serializers.string());
    }

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

    }

    @Configuration(proxyBeanMethods = false)
    static class Nothing {

    }

}
