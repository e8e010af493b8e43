package io.flowstate.spring.boot.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.jspecify.annotations.Nullable;

import org.springframework.util.FileSystemUtils;

/**
 * Gives each test method an open store in a new temporary directory, deleted afterwards.
 * As a registered extension it is asked itself; with {@code @ExtendWith} the test method
 * has a parameter of type {@code FlowStateExtension}, {@link StateManager} or
 * {@link TestStorage}.
 *
 * <pre>
 *   &#64;RegisterExtension
 *   final FlowStateExtension flowState = new FlowStateExtension();
 *
 *   &#64;Test
 *   void goesOnFromTheLastCheckpoint() {
 *       new Orders(flowState.state()).received(1);
 *       flowState.state().checkpoint();
 *       new Orders(flowState.crash()).received(2);
 *       ...
 *   }
 * </pre>
 */
public final class FlowStateExtension implements BeforeEachCallback, AfterEachCallback, ParameterResolver {

    private static final long MEMORY = 4L << 20;

    private static final int PAGE = 1 << 20;

    private final UnaryOperator<StateManagerOptions.Builder> options;

    private @Nullable Path directory; // those that follow are of the running test

    private @Nullable TestStorage storage;

    private @Nullable StateManager state;

    /** Small memory, and the defaults. */
    public FlowStateExtension() {
        this((builder) -> builder);
    }

    /**
     * Options of the test's own.
     * @param options changes the options, whose storage is given
     */
    public FlowStateExtension(UnaryOperator<StateManagerOptions.Builder> options) {
        this.options = options;
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        this.directory = Files.createTempDirectory("flowstate-test-");
        this.storage = TestStorage.in(this.directory);
        this.state = open(this.directory, this.storage);
    }

    private StateManager open(Path place, TestStorage opened) {
        return StateManager.open(
                this.options
                    .apply(StateManagerOptions.builder()
                        .memorySize(MEMORY)
                        .pageSize(PAGE)
                        .segmentSize(MEMORY)
                        .temporaryDirectory(place.resolve("temp"))
                        .persistentStorage(opened.storage()))
                    .build());
    }

    /** The open store. */
    public StateManager state() {
        return inTest(this.state);
    }

    /** What the store lies in. */
    public TestStorage storage() {
        return inTest(this.storage);
    }

    private static <T> T inTest(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("there is a store only while a test method runs");
        }
        return value;
    }

    /**
     * Takes a checkpoint, and closes and opens the store.
     * @return the store, which has all that it had
     */
    public StateManager restart() {
        state().checkpoint();
        return crash();
    }

    /**
     * Stops the storage, and closes and opens the store, as if the machine had died.
     * @return the store, which has what the newest durable checkpoint saw
     */
    public StateManager crash() {
        TestStorage dying = storage();
        dying.stop();
        state().close();
        dying.restart();
        StateManager opened = open(inTest(this.directory), dying);
        this.state = opened;
        return opened;
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        try {
            storage().heal();
            state().close();
        }
        finally {
            this.state = null;
            this.storage = null;
            FileSystemUtils.deleteRecursively(this.directory);
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == StateManager.class || type == TestStorage.class || type == FlowStateExtension.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return (type == StateManager.class) ? state() : (type == TestStorage.class) ? storage() : this;
    }

}
