package io.flowstate.spring.boot;

import io.flowstate.StateManagerOptions;

/**
 * A bean that changes the options of a store before they are built, after all properties
 * were applied. Several are called in their order ({@code @Order}), for each store.
 */
@FunctionalInterface
public interface StateManagerOptionsCustomizer {

    /**
     * Changes options.
     * @param builder the options
     * @param store the name of the store, {@value StoreNames#DEFAULT} for the one without
     * a name
     */
    void customize(StateManagerOptions.Builder builder, String store);

}
