package io.flowstate.spring.boot.autoconfigure;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.compression.Compression;
import io.flowstate.spring.boot.StateManagerOptionsCustomizer;
import io.flowstate.spring.boot.autoconfigure.FlowStateProperties.StorageType;
import io.flowstate.spring.boot.store.StoreObserver;
import io.flowstate.storage.Storage;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.core.env.Environment;

/**
 * Makes the beans of the stores under {@code flowstate.stores}: each a state manager with
 * its life cycle and checkpoints, as the one directly under {@code flowstate} has.
 * {@link NamedStoreRegistrar} says which there are.
 */
final class NamedStores {

    private final BeanFactory beans;

    private final Environment environment;

    private final ApplicationEventPublisher publisher;

    private final Map<String, FlowStateProperties> settings = new ConcurrentHashMap<>();

    private final Map<String, ScheduledCheckpoints> checkpoints = new ConcurrentHashMap<>();

    NamedStores(BeanFactory beans, Environment environment, ApplicationEventPublisher publisher) {
        this.beans = beans;
        this.environment = environment;
        this.publisher = publisher;
    }

    private FlowStateProperties settings(String name) {
        return this.settings.computeIfAbsent(name, (store) -> NamedStoreRegistrar.bind(this.environment, store));
    }

    StateManager stateManager(String name) {
        return made(name, () -> open(name));
    }

    /** Makes something of a store, whose name the failure analyzers need. */
    private static <T> T made(String name, Supplier<T> making) {
        try {
            return making.get();
        }
        catch (RuntimeException ex) {
            throw new NamedStoreException(name, ex);
        }
    }

    private StateManager open(String name) {
        FlowStateProperties settings = settings(name);
        StateManagerOptions options = FlowStateAutoConfiguration.options(name, settings, storage(settings),
                this.beans.getBeanProvider(Compression.class),
                this.beans.getBeanProvider(StateManagerOptionsCustomizer.class));
        return StoreLifecycle.create(name, options, settings.recovery(), this.publisher,
                this.beans.getBeanProvider(StoreObserver.class).getIfAvailable(() -> StoreObserver.NONE));
    }

    private Storage storage(FlowStateProperties settings) {
        if (settings.storage() == StorageType.AZURE) {
            AzureStorages azure = this.beans.getBeanProvider(AzureStorages.class).getIfAvailable();
            if (azure == null) {
                throw AzureSetupException.noModule();
            }
            return azure.storage(settings.azure());
        }
        return Storage.of(FlowStateAutoConfiguration.logDeviceFactory(settings),
                FlowStateAutoConfiguration.checkpointManager(settings));
    }

    private StateManager stateManagerBean(String name) {
        return this.beans.getBean(NamedStoreRegistrar.stateManagerBean(name), StateManager.class);
    }

    private ScheduledCheckpoints checkpoints(String name) {
        return this.checkpoints.computeIfAbsent(name, (store) -> made(store,
                () -> ScheduledCheckpoints.of(store, stateManagerBean(store), settings(store).checkpoint())));
    }

    StoreLifecycle lifecycle(String name) {
        FlowStateProperties settings = settings(name);
        return new StoreLifecycle(name, stateManagerBean(name), checkpoints(name), settings.recovery(),
                settings.checkpoint().shutdownTimeout());
    }

    Store store(String name) {
        return new Store(name, stateManagerBean(name), checkpoints(name), settings(name));
    }

}
