package io.flowstate.spring.boot.autoconfigure;

import com.azure.storage.blob.BlobServiceClient;
import io.flowstate.azure.AzureBlobStorage;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.LogDeviceFactory;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Keeps the state in Azure Blob Storage, where {@code flowstate.storage} says so, with
 * the client that Spring Cloud Azure or the application itself has made.
 *
 * <pre>
 *   BlobServiceClient
 *          |
 *   AzureBlobStorage
 *     /          \
 *   LogDeviceFactory    CheckpointManager
 * </pre>
 *
 * Where this is not in force, the beans that need it say what is missing.
 */
@AutoConfiguration(before = FlowStateAutoConfiguration.class,
        afterName = "com.azure.spring.cloud.autoconfigure.implementation.storage.blob.AzureStorageBlobAutoConfiguration")
@ConditionalOnClass({ AzureBlobStorage.class, BlobServiceClient.class })
@ConditionalOnBooleanProperty(name = "flowstate.enabled", matchIfMissing = true)
public final class FlowStateAzureAutoConfiguration {

    @Bean
    BlobStorages flowstateBlobStorages(ListableBeanFactory beans) {
        return new BlobStorages(beans);
    }

    /** The beans of the default store. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnProperty(name = "flowstate.storage", havingValue = "azure")
    @EnableConfigurationProperties(FlowStateProperties.class)
    static final class DefaultStore {

        @Bean
        @ConditionalOnMissingBean
        AzureBlobStorage flowstateAzureBlobStorage(BlobStorages storages, FlowStateProperties properties) {
            return storages.create(properties.azure());
        }

        @Bean
        @ConditionalOnMissingBean
        LogDeviceFactory flowstateAzureLogDeviceFactory(AzureBlobStorage storage) {
            return storage.logDeviceFactory();
        }

        // The state manager that opens it closes it, and nobody else.
        @Bean(destroyMethod = "")
        @ConditionalOnMissingBean
        CheckpointManager flowstateAzureCheckpointManager(AzureBlobStorage storage) {
            return storage.checkpointManager();
        }

    }

}
