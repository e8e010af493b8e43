package io.flowstate.spring.boot.autoconfigure;

import java.util.Arrays;

import com.azure.storage.blob.BlobServiceClient;
import io.flowstate.azure.AzureBlobStorage;
import io.flowstate.storage.Storage;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.util.StringUtils;

/**
 * Makes storages in blob containers, through the application's {@link BlobServiceClient}
 * beans, of which nothing is kept or logged but their names. Asks nothing of the service.
 */
final class BlobStorages implements AzureStorages {

    private final ListableBeanFactory beans;

    BlobStorages(ListableBeanFactory beans) {
        this.beans = beans;
    }

    @Override
    public Storage storage(AzureProperties settings) {
        return create(settings).storage();
    }

    /**
     * A storage as settings describe it.
     * @param settings those under {@code azure} of a store
     * @return the storage, not open yet
     * @throws InvalidSettingsException if a setting does not fit
     * @throws AzureSetupException if there is no client, or none that is meant
     */
    AzureBlobStorage create(AzureProperties settings) {
        String container = settings.requiredContainer();
        BlobServiceClient client = client(settings.client());
        try {
            AzureBlobStorage.Builder builder = AzureBlobStorage.builder()
                .container(client.getBlobContainerClient(container))
                .prefix(settings.prefix())
                .createContainer(settings.createContainer())
                .cacheSize(settings.cacheSize().toBytes())
                .leaseDuration(settings.leaseDuration())
                .takeOverTimeout(settings.takeOverTimeout())
                .tryTimeout(settings.tryTimeout())
                .maxTries(settings.maxTries())
                .deadline(settings.deadline())
                .uploadParallelism(settings.uploadParallelism())
                .objectSize(settings.objectSizeBytes());
            if (settings.cacheDir() != null) {
                builder.cacheDirectory(settings.cacheDir());
            }
            return builder.build();
        }
        catch (IllegalArgumentException ex) {
            throw new InvalidSettingsException("in azure, " + ex.getMessage(), ex);
        }
    }

    private BlobServiceClient client(@Nullable String name) {
        String[] names = BeanFactoryUtils.beanNamesForTypeIncludingAncestors(this.beans, BlobServiceClient.class);
        if (StringUtils.hasText(name)) {
            if (!Arrays.asList(names).contains(name)) {
                throw AzureSetupException.noSuchClient(name, names);
            }
            return this.beans.getBean(name, BlobServiceClient.class);
        }
        if (names.length == 0) {
            throw AzureSetupException.noClient();
        }
        BlobServiceClient client = this.beans.getBeanProvider(BlobServiceClient.class).getIfUnique();
        if (client == null) {
            throw AzureSetupException.severalClients(names);
        }
        return client;
    }

}
