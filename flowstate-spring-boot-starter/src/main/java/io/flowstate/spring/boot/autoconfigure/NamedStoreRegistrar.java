package io.flowstate.spring.boot.autoconfigure;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

import io.flowstate.spring.boot.StoreNames;
import io.flowstate.spring.boot.autoconfigure.FlowStateProperties.StorageType;

import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.support.AutowireCandidateQualifier;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotationMetadata;

/**
 * Registers the beans of each store under {@code flowstate.stores}. A state manager of a
 * name is injected by its qualifier only, so that the one without stays the only one of
 * its type.
 */
final class NamedStoreRegistrar implements ImportBeanDefinitionRegistrar {

    private static final String PREFIX = "flowstate.stores";

    private static final String FACTORY = "flowstateNamedStores";

    /** Names stand in paths, in URLs, in tags of meters. */
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

    /** The store without a name, and what the endpoint has in place of one. */
    private static final Set<String> RESERVED = Set.of(StoreNames.DEFAULT, FlowStateWebExtension.CONSOLE);

    private final Environment environment;

    NamedStoreRegistrar(Environment environment) {
        this.environment = environment;
    }

    @Override
    public void registerBeanDefinitions(AnnotationMetadata importing, BeanDefinitionRegistry registry) {
        Map<Path, String> owners = new HashMap<>();
        FlowStateProperties unnamed = Binder.get(this.environment).bindOrCreate("flowstate", FlowStateProperties.class);
        claim(owners, StoreNames.DEFAULT, unnamed);
        List<String> enabled = new ArrayList<>();
        for (String name : new TreeSet<>(unnamed.stores().keySet())) {
            check(name);
            FlowStateProperties settings = bind(this.environment, name);
            if (!settings.stores().isEmpty()) {
                throw new InvalidSettingsException(
                        "stores." + name + ".stores must not be there: stores do not stand below one another");
            }
            if (settings.enabled()) {
                claim(owners, name, settings);
                enabled.add(name);
            }
        }
        enabled.forEach((name) -> register(name, registry));
    }

    private static void check(String name) {
        if (!NAME.matcher(name).matches() || RESERVED.contains(name)) {
            throw new InvalidSettingsException("the name of a store must have 1 to 63 lower-case letters, digits and"
                    + " hyphens, and not be default or console, but was " + name);
        }
    }

    private static void claim(Map<Path, String> owners, String store, FlowStateProperties settings) {
        if (settings.storage() != StorageType.LOCAL) {
            return;
        }
        for (Path directory : List.of(settings.logDir(), settings.checkpointDir())) {
            String owner = owners.putIfAbsent(directory.toAbsolutePath().normalize(), store);
            if (owner != null && !owner.equals(store)) {
                throw new InvalidSettingsException("each store must have directories of its own, but " + directory
                        + " was given to both " + owner + " and " + store);
            }
        }
    }

    /**
     * The settings of a store; its directories and its prefix are called after it if
     * nothing else is said.
     */
    static FlowStateProperties bind(Environment environment, String name) {
        String prefix = prefix(name);
        List<ConfigurationPropertySource> sources = new ArrayList<>();
        ConfigurationPropertySources.get(environment).forEach(sources::add);
        sources.add(new MapConfigurationPropertySource(
                Map.of(prefix + ".log-dir", "./data/flowstate/" + name + "/log", prefix + ".checkpoint-dir",
                        "./data/flowstate/" + name + "/checkpoints", prefix + ".azure.prefix", "flowstate-" + name)));
        return new Binder(sources, new PropertySourcesPlaceholdersResolver(environment)).bindOrCreate(prefix,
                FlowStateProperties.class);
    }

    /** What the properties of a store begin with. */
    static String prefix(String store) {
        return store.equals(StoreNames.DEFAULT) ? "flowstate" : PREFIX + "." + store;
    }

    static String stateManagerBean(String name) {
        return "flowstateStateManager-" + name;
    }

    private static void register(String name, BeanDefinitionRegistry registry) {
        if (!registry.containsBeanDefinition(FACTORY)) {
            registry.registerBeanDefinition(FACTORY, new RootBeanDefinition(NamedStores.class));
        }
        RootBeanDefinition stateManager = definition("stateManager", name);
        stateManager.setDefaultCandidate(false);
        stateManager.addQualifier(new AutowireCandidateQualifier(Qualifier.class, name));
        stateManager.setDestroyMethodName("close");
        registry.registerBeanDefinition(stateManagerBean(name), stateManager);
        for (String part : List.of("lifecycle", "store")) {
            RootBeanDefinition definition = definition(part, name);
            definition.setDependsOn(stateManagerBean(name));
            registry.registerBeanDefinition("flowstate-" + part + "-" + name, definition);
        }
    }

    private static RootBeanDefinition definition(String method, String name) {
        RootBeanDefinition definition = new RootBeanDefinition(NamedStores.class);
        definition.setFactoryBeanName(FACTORY);
        definition.setFactoryMethodName(method);
        definition.getConstructorArgumentValues().addIndexedArgumentValue(0, name);
        return definition;
    }

}
