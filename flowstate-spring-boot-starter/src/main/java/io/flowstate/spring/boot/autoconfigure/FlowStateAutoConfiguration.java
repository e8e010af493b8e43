package io.flowstate.spring.boot.autoconfigure;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.compression.Compression;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.IncompatibleStateException;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.Storage;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * Opens the application's state when the context starts and closes it when the context
 * ends, with checkpoints in between.
 *
 * <pre>
 *   LogDeviceFactory    CheckpointManager
 *                 \     /
 *                 Storage        Compression, if one is named
 *                    |           /
 *           StateManagerOptions
 *                    |
 *              StateManager --- ScheduledCheckpoints
 * </pre>
 *
 * Each bean backs off to one of the application's own, and the rest stands on that one.
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "flowstate.enabled", matchIfMissing = true)
@EnableConfigurationProperties(FlowStateProperties.class)
public final class FlowStateAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    LogDeviceFactory flowstateLogDeviceFactory(FlowStateProperties properties) {
        return switch (properties.storage()) {
            case LOCAL -> LogDeviceFactory.local(properties.logDir());
            case TEMPORARY -> LogDeviceFactory.temporary(properties.temporaryDir());
        };
    }

    // The state manager that opens it closes it, and nobody else.
    @Bean(destroyMethod = "")
    @ConditionalOnMissingBean
    CheckpointManager flowstateCheckpointManager(FlowStateProperties properties) {
        return switch (properties.storage()) {
            case LOCAL -> {
                properties.checkDirectories();
                yield CheckpointManager.local(properties.checkpointDir());
            }
            case TEMPORARY -> CheckpointManager.temporary();
        };
    }

    @Bean
    @ConditionalOnMissingBean
    Storage flowstateStorage(LogDeviceFactory logDeviceFactory, CheckpointManager checkpointManager) {
        return Storage.of(logDeviceFactory, checkpointManager);
    }

    @Bean
    @ConditionalOnMissingBean
    StateManagerOptions flowstateStateManagerOptions(FlowStateProperties properties, Storage storage,
            ObjectProvider<Compression> compressions) {
        return properties.toOptions(storage, ChosenCompression.find(properties.compression(), compressions));
    }

    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    StateManager flowstateStateManager(StateManagerOptions options) {
        try {
            return StateManager.open(options);
        }
        catch (IllegalArgumentException | IncompatibleStateException ex) {
            // What no builder can know: the limit of the JVM, and what the store holds.
            throw new InvalidSettingsException(ex.getMessage(), ex);
        }
    }

    @Bean
    ScheduledCheckpoints flowstateScheduledCheckpoints(StateManager stateManager, FlowStateProperties properties) {
        return ScheduledCheckpoints.of(stateManager, properties.checkpoint());
    }

}
