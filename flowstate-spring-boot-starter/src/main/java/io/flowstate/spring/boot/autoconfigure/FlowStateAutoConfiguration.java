package io.flowstate.spring.boot.autoconfigure;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.compression.Compression;
import io.flowstate.spring.boot.StateManagerOptionsCustomizer;
import io.flowstate.spring.boot.StoreNames;
import io.flowstate.spring.boot.store.StoreObserver;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.Storage;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Lazy;

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
 *              StateManager --- ScheduledCheckpoints --- StoreLifecycle
 * </pre>
 *
 * Each bean backs off to one of the application's own, and the rest stands on that one.
 * {@link NamedStores} makes those of further stores.
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "flowstate.enabled", matchIfMissing = true)
@EnableConfigurationProperties(FlowStateProperties.class)
@Import(NamedStoreRegistrar.class)
public final class FlowStateAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    LogDeviceFactory flowstateLogDeviceFactory(FlowStateProperties properties) {
        return logDeviceFactory(properties);
    }

    static LogDeviceFactory logDeviceFactory(FlowStateProperties properties) {
        return switch (properties.storage()) {
            case LOCAL -> LogDeviceFactory.local(properties.logDir());
            case TEMPORARY -> LogDeviceFactory.temporary(properties.temporaryDir());
            case AZURE -> throw AzureSetupException.noModule();
        };
    }

    // The state manager that opens it closes it, and nobody else.
    @Bean(destroyMethod = "")
    @ConditionalOnMissingBean
    CheckpointManager flowstateCheckpointManager(FlowStateProperties properties) {
        return checkpointManager(properties);
    }

    static CheckpointManager checkpointManager(FlowStateProperties properties) {
        return switch (properties.storage()) {
            case LOCAL -> {
                properties.checkDirectories();
                yield CheckpointManager.local(properties.checkpointDir());
            }
            case TEMPORARY -> CheckpointManager.temporary();
            case AZURE -> throw AzureSetupException.noModule();
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
            ObjectProvider<Compression> compressions, ObjectProvider<StateManagerOptionsCustomizer> customizers) {
        return options(StoreNames.DEFAULT, properties, storage, compressions, customizers);
    }

    static StateManagerOptions options(String store, FlowStateProperties properties, Storage storage,
            ObjectProvider<Compression> compressions, ObjectProvider<StateManagerOptionsCustomizer> customizers) {
        return properties.toOptions(storage, ChosenCompression.find(properties.compression(), compressions),
                (builder) -> customizers.orderedStream().forEach((customizer) -> customizer.customize(builder, store)));
    }

    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    StateManager flowstateStateManager(StateManagerOptions options, FlowStateProperties properties,
            ApplicationEventPublisher publisher, ObjectProvider<StoreObserver> observers) {
        return StoreLifecycle.create(StoreNames.DEFAULT, options, properties.recovery(), publisher,
                observers.getIfAvailable(() -> StoreObserver.NONE));
    }

    @Bean
    ScheduledCheckpoints flowstateScheduledCheckpoints(StateManager stateManager, FlowStateProperties properties) {
        return ScheduledCheckpoints.of(StoreNames.DEFAULT, stateManager, properties.checkpoint());
    }

    @Bean
    StoreLifecycle flowstateStoreLifecycle(StateManager stateManager, ScheduledCheckpoints scheduledCheckpoints,
            FlowStateProperties properties) {
        return new StoreLifecycle(StoreNames.DEFAULT, stateManager, scheduledCheckpoints, properties.recovery(),
                properties.checkpoint().shutdownTimeout());
    }

    @Bean
    Store flowstateStore(StateManager stateManager, ScheduledCheckpoints scheduledCheckpoints,
            FlowStateProperties properties) {
        return new Store(StoreNames.DEFAULT, stateManager, scheduledCheckpoints, properties);
    }

    /** For those who show the stores; without them nobody looks. */
    @Bean
    @Lazy
    DiskSpace flowstateDiskSpace(ObjectProvider<Store> stores) {
        DiskSpace diskSpace = new DiskSpace();
        stores.forEach((store) -> diskSpace.watch(store.settings().watchedDirectory()));
        return diskSpace;
    }

    @Bean
    RecoveryReadiness flowstateRecoveryReadiness(ApplicationContext context) {
        return new RecoveryReadiness(context);
    }

}
