package io.flowstate.spring.boot.autoconfigure;

import java.nio.file.Path;
import java.time.Duration;

import com.azure.storage.blob.BlobServiceClient;
import com.azure.storage.blob.BlobServiceClientBuilder;
import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.azure.AzureBlobStorage;
import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.LogDeviceFactory;
import io.flowstate.storage.Storage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests {@link FlowStateAzureAutoConfiguration} without a service: the state that is
 * opened is another one.
 */
class FlowStateAzureAutoConfigurationTests {

    @TempDir
    private Path directory;

    private final ApplicationContextRunner local = new ApplicationContextRunner().withConfiguration(
            AutoConfigurations.of(FlowStateAutoConfiguration.class, FlowStateAzureAutoConfiguration.class));

    private final ApplicationContextRunner withoutClient = this.local.withBean(StateManager.class, this::openTemporary)
        .withPropertyValues("flowstate.storage=azure", "flowstate.azure.container=state");

    private final ApplicationContextRunner contexts = this.withoutClient.withBean("blobs", BlobServiceClient.class,
            () -> client("one"));

    private StateManager openTemporary() {
        return StateManager
            .open(StateManagerOptions.builder().persistentStorage(Storage.temporary(this.directory)).build());
    }

    private static BlobServiceClient client(String account) {
        return new BlobServiceClientBuilder().endpoint("https://" + account + ".blob.example.com").buildClient();
    }

    @Test
    void logAndCheckpointsLieInTheContainer() {
        this.contexts.run((context) -> {
            AzureBlobStorage storage = context.getBean(AzureBlobStorage.class);
            assertThat(context.getBean(LogDeviceFactory.class)).isSameAs(storage.logDeviceFactory());
            assertThat(context.getBean(CheckpointManager.class)).isSameAs(storage.checkpointManager());
            assertThat(context.getBean(Storage.class).logDeviceFactory()).isSameAs(storage.logDeviceFactory());
            assertThat(storage).hasToString("https://one.blob.example.com/state/flowstate/");
            assertThat(context.getBean(StateManagerOptions.class).persistentStorage())
                .isSameAs(context.getBean(Storage.class));
        });
    }

    @Test
    void theDefaultsAreThoseOfTheBuilder() {
        this.contexts.run((context) -> assertThat(settings(context.getBean(AzureBlobStorage.class))).isEqualTo(
                settings(AzureBlobStorage.builder().container(client("one").getBlobContainerClient("state")).build())));
    }

    @Test
    void everySettingReachesTheStorage() {
        AzureBlobStorage expected = AzureBlobStorage.builder()
            .container(client("one").getBlobContainerClient("other-state"))
            .prefix("team/orders")
            .createContainer(true)
            .cacheDirectory(this.directory.resolve("cache"))
            .cacheSize(7 << 20)
            .leaseDuration(Duration.ofSeconds(3))
            .takeOverTimeout(Duration.ofSeconds(4))
            .tryTimeout(Duration.ofSeconds(5))
            .maxTries(6)
            .deadline(Duration.ofSeconds(8))
            .uploadParallelism(9)
            .objectSize(10 << 20)
            .build();

        this.contexts
            .withPropertyValues("flowstate.azure.container=other-state", "flowstate.azure.prefix=team/orders",
                    "flowstate.azure.create-container=true",
                    "flowstate.azure.cache-dir=" + this.directory.resolve("cache"), "flowstate.azure.cache-size=7MB",
                    "flowstate.azure.lease-duration=3s", "flowstate.azure.take-over-timeout=4s",
                    "flowstate.azure.try-timeout=5s", "flowstate.azure.max-tries=6", "flowstate.azure.deadline=8s",
                    "flowstate.azure.upload-parallelism=9", "flowstate.azure.object-size=10MB")
            .run((context) -> {
                AzureBlobStorage storage = context.getBean(AzureBlobStorage.class);
                assertThat(storage).hasToString(expected.toString())
                    .hasToString("https://one.blob.example.com/other-state/team/orders/");
                assertThat(settings(storage)).isEqualTo(settings(expected));
            });
    }

    /** What it keeps of its settings has no accessor. */
    private static Object settings(AzureBlobStorage storage) {
        return assertThat(storage.checkpointManager()).extracting("owner.settings").actual();
    }

    @Test
    void anotherStorageNeedsNoClientAndNoContainer() {
        this.local
            .withPropertyValues("flowstate.storage=temporary", "flowstate.temporary-dir=" + this.directory,
                    "flowstate.memory-size=8MB", "flowstate.page-size=1MB")
            .run((context) -> assertThat(context).hasSingleBean(StateManager.class)
                .doesNotHaveBean(AzureBlobStorage.class));
    }

    @Test
    void withoutTheModuleAnotherStorageWorks() {
        for (Class<?> missing : new Class<?>[] { AzureBlobStorage.class, BlobServiceClient.class }) {
            this.local.withClassLoader(new FilteredClassLoader(missing))
                .withPropertyValues("flowstate.storage=temporary", "flowstate.temporary-dir=" + this.directory)
                .run((context) -> assertThat(context).hasSingleBean(StateManager.class)
                    .doesNotHaveBean(FlowStateAzureAutoConfiguration.class));
        }
    }

    @Test
    void withoutTheModuleTheStorageAzureSaysWhatToAdd() {
        for (Class<?> missing : new Class<?>[] { AzureBlobStorage.class, BlobServiceClient.class }) {
            this.withoutClient.withClassLoader(new FilteredClassLoader(missing))
                .run((context) -> assertRefused(context, AzureSetupException.class,
                        "flowstate.storage is azure, but io.flowstate:flowstate-azure or com.azure:azure-storage-blob"
                                + " is not on the class path"));
        }
    }

    @Test
    void disabledThereIsNoBean() {
        this.contexts.withPropertyValues("flowstate.enabled=false")
            .run((context) -> assertThat(context).doesNotHaveBean(AzureBlobStorage.class)
                .doesNotHaveBean(BlobStorages.class));
    }

    @Test
    void eachBeanBacksOffToTheApplicationsOwn() {
        LogDeviceFactory logs = LogDeviceFactory.temporary(this.directory);
        CheckpointManager checkpoints = CheckpointManager.temporary();
        AzureBlobStorage storage = AzureBlobStorage.builder()
            .container(client("own").getBlobContainerClient("own"))
            .build();

        this.contexts.withBean(LogDeviceFactory.class, () -> logs).run((context) -> {
            assertThat(context.getBean(LogDeviceFactory.class)).isSameAs(logs);
            assertThat(context.getBean(CheckpointManager.class))
                .isSameAs(context.getBean(AzureBlobStorage.class).checkpointManager());
        });
        this.contexts.withBean(CheckpointManager.class, () -> checkpoints).run((context) -> {
            assertThat(context.getBean(CheckpointManager.class)).isSameAs(checkpoints);
            assertThat(context.getBean(LogDeviceFactory.class))
                .isSameAs(context.getBean(AzureBlobStorage.class).logDeviceFactory());
        });
        this.contexts.withBean(AzureBlobStorage.class, () -> storage).run((context) -> {
            assertThat(context.getBean(LogDeviceFactory.class)).isSameAs(storage.logDeviceFactory());
            assertThat(context.getBean(CheckpointManager.class)).isSameAs(storage.checkpointManager());
        });
    }

    @Test
    void ofSeveralClientsTheNamedOneIsTaken() {
        this.contexts.withBean("others", BlobServiceClient.class, () -> client("two"))
            .withPropertyValues("flowstate.azure.client=others")
            .run((context) -> assertThat(context.getBean(AzureBlobStorage.class))
                .hasToString("https://two.blob.example.com/state/flowstate/"));
    }

    @Test
    void ofSeveralClientsThePrimaryOneIsTaken() {
        this.contexts
            .withBean("others", BlobServiceClient.class, () -> client("two"),
                    (definition) -> definition.setPrimary(true))
            .run((context) -> assertThat(context.getBean(AzureBlobStorage.class))
                .hasToString("https://two.blob.example.com/state/flowstate/"));
    }

    @Test
    void severalClientsAndNoneNamedAreRefused() {
        this.contexts.withBean("others", BlobServiceClient.class, () -> client("two"))
            .run((context) -> assertRefused(context, AzureSetupException.class, "flowstate.storage is azure, and there"
                    + " are several BlobServiceClient beans, none of them primary: blobs, others"));
    }

    @Test
    void aClientThatDoesNotExistIsRefused() {
        this.contexts.withPropertyValues("flowstate.azure.client=others")
            .run((context) -> assertRefused(context, AzureSetupException.class, "flowstate.azure.client is others, but"
                    + " there is no BlobServiceClient bean of that name; there are: blobs"));
        this.withoutClient.withPropertyValues("flowstate.azure.client=others")
            .run((context) -> assertRefused(context, AzureSetupException.class, "flowstate.azure.client is others, but"
                    + " there is no BlobServiceClient bean of that name; there is none at all"));
    }

    @Test
    void noClientIsRefused() {
        this.withoutClient.run((context) -> assertRefused(context, AzureSetupException.class,
                "flowstate.storage is azure, but there is no BlobServiceClient bean to reach it"));
    }

    @Test
    void settingsThatDoNotFitAreRefused() {
        assertInvalid("container=", "azure.container is missing; the storage azure needs the name of a blob container");
        assertInvalid("container=DefaultEndpointsProtocol=https;AccountKey=c2VjcmV0", "azure.container must be the name"
                + " of a blob container, 3 to 63 lower-case letters, digits and single hyphens between them, but was"
                + " another text of 50 characters");
        assertInvalid("container=ab", "azure.container must be the name of a blob container, 3 to 63 lower-case"
                + " letters, digits and single hyphens between them, but was another text of 2 characters");
        assertInvalid("prefix=a//b", "in azure, a prefix is made of letters, digits, '-', '_' and '.', its parts are"
                + " separated by single '/' and begin with none of '-' and '.', and it has 1 to 200 characters, but was"
                + " of 4: a//b");
        assertInvalid("cache-size=1KB",
                "in azure, cache-size must be between 1048576 and 9223372036854775807, but was 1024");
        assertInvalid("lease-duration=0", "in azure, lease-duration must be positive, but was PT0S");
        assertInvalid("take-over-timeout=-1s", "in azure, take-over-timeout must not be negative, but was PT-1S");
        assertInvalid("try-timeout=0", "in azure, try-timeout must be positive, but was PT0S");
        assertInvalid("max-tries=0", "in azure, max-tries must be between 1 and 100, but was 0");
        assertInvalid("deadline=-1ms", "in azure, deadline must be positive, but was PT-0.001S");
        assertInvalid("upload-parallelism=65", "in azure, upload-parallelism must be between 1 and 64, but was 65");
        assertInvalid("object-size=1KB", "in azure, object-size must be between 65536 and 268435456, but was 1024");
        assertInvalid("object-size=4GB",
                "in azure, object-size must be at most 268435456 bytes (256MB), but was 4294967296");
    }

    private void assertInvalid(String setting, String message) {
        this.contexts.withPropertyValues("flowstate.azure." + setting)
            .run((context) -> assertRefused(context, InvalidSettingsException.class, message));
    }

    private static void assertRefused(AssertableApplicationContext context, Class<?> type, String message) {
        assertThat(context).hasFailed();
        Throwable failure = context.getStartupFailure();
        while (failure != null && !type.isInstance(failure)) {
            failure = failure.getCause();
        }
        assertThat(failure).isNotNull().hasMessage(message);
    }

}
