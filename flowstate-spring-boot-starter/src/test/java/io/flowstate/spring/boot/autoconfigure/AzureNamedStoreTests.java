package io.flowstate.spring.boot.autoconfigure;

import java.nio.file.Path;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

import com.azure.storage.blob.BlobServiceClient;
import com.azure.storage.blob.models.BlobItem;
import io.flowstate.StateManager;
import io.flowstate.azure.AzureBlobStorage;
import io.flowstate.azure.Azurite;
import io.flowstate.serialization.Serializers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.annotation.BeanFactoryAnnotationUtils;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests stores with names of their own that lie in Azure Blob Storage. */
@ExtendWith(Azurite.class)
class AzureNamedStoreTests {

    @TempDir
    private Path directory;

    private final String container = "named-" + UUID.randomUUID();

    private ApplicationContextRunner contexts() {
        return new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(FlowStateAutoConfiguration.class, FlowStateAzureAutoConfiguration.class))
            .withBean(BlobServiceClient.class, Azurite::service)
            .withPropertyValues("flowstate.storage=temporary", "flowstate.temporary-dir=" + this.directory,
                    "flowstate.stores.audit.storage=azure", "flowstate.stores.audit.temporary-dir=" + this.directory,
                    "flowstate.stores.audit.azure.container=" + this.container,
                    "flowstate.stores.audit.azure.create-container=true", "flowstate.stores.orders.storage=azure",
                    "flowstate.stores.orders.temporary-dir=" + this.directory,
                    "flowstate.stores.orders.azure.container=" + this.container,
                    "flowstate.stores.orders.azure.create-container=true");
    }

    @Test
    void storesInOneContainerHaveAPrefixEachAndAreFoundAgain() {
        for (int start = 1; start <= 2; start++) {
            int count = start;
            contexts().run((context) -> {
                assertThat(context).doesNotHaveBean(AzureBlobStorage.class);
                assertThat(hit(context, "audit")).isEqualTo(count);
                assertThat(hit(context, "orders")).isEqualTo(count);
            });
        }

        Set<String> prefixes = Azurite.service()
            .getBlobContainerClient(this.container)
            .listBlobs()
            .stream()
            .map(BlobItem::getName)
            .map((name) -> name.substring(0, name.indexOf('/')))
            .collect(Collectors.toSet());
        assertThat(prefixes).containsExactlyInAnyOrder("flowstate-audit", "flowstate-orders");
    }

    private static long hit(ApplicationContext context, String store) {
        StateManager state = BeanFactoryAnnotationUtils.qualifiedBeanOfType(context.getAutowireCapableBeanFactory(),
                StateManager.class, store);
        return state.scope("test").counters("hits", Serializers.string()).add("hit", 1);
    }

    @Test
    void withoutTheModuleOneSaysWhatToAdd() {
        contexts().withClassLoader(new FilteredClassLoader(AzureBlobStorage.class))
            .run((context) -> assertThat(context).hasFailed()
                .getFailure()
                .rootCause()
                .isInstanceOf(AzureSetupException.class)
                .hasMessageContaining("io.flowstate:flowstate-azure"));
    }

}
