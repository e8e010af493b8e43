package io.flowstate.spring.boot.autoconfigure;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

import io.flowstate.StateManager;
import io.flowstate.azure.AzureBlobStorage;
import io.flowstate.azure.Azurite;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.io.DefaultResourceLoader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Tests what a developer reads when the state in Azure cannot be opened, with the client
 * that Spring Cloud Azure makes.
 */
@ExtendWith({ Azurite.class, OutputCaptureExtension.class })
class AzureFailureAnalysisTests {

    private final String container = "test-" + UUID.randomUUID();

    @TempDir
    private Path directory;

    @Test
    void withoutTheModuleTheDependenciesAreNamed(CapturedOutput output) {
        SpringApplication application = application();
        application.setResourceLoader(new DefaultResourceLoader(new FilteredClassLoader(AzureBlobStorage.class)));

        assertThatException().isThrownBy(() -> application.run(settings(Azurite.connectionString())));

        assertThat(output).contains("APPLICATION FAILED TO START")
            .contains("flowstate.storage is azure, but io.flowstate:flowstate-azure or com.azure:azure-storage-blob is"
                    + " not on the class path.")
            .contains("Add the dependencies io.flowstate:flowstate-azure and"
                    + " com.azure.spring:spring-cloud-azure-starter-storage-blob");
    }

    @Test
    void withoutAnAccountTheSettingsOfSpringCloudAzureAreNamed(CapturedOutput output) {
        assertThatException().isThrownBy(() -> application().run(settings(null)));

        assertThat(output).contains("APPLICATION FAILED TO START")
            .contains("flowstate.storage is azure, but there is no BlobServiceClient bean to reach it.")
            .contains("set one of spring.cloud.azure.storage.blob.account-name (with a managed identity or another"
                    + " Azure credential), .endpoint (with .account-key or .sas-token) and .connection-string");
    }

    @Test
    void aContainerThatDoesNotExistIsNamed(CapturedOutput output) {
        assertThatException().isThrownBy(() -> application().run(settings(Azurite.connectionString())));

        assertThat(output).contains("APPLICATION FAILED TO START")
            .contains("The blob container of the state does not exist: cannot read " + Azurite.endpoint() + "/"
                    + this.container + "/")
            .contains("the service answered 404 ContainerNotFound")
            .contains("let it be made at start with flowstate.azure.create-container=true.");
    }

    @Test
    void aKeyThatIsRefusedIsToldAndNotShown(CapturedOutput output) {
        String planted = Base64.getEncoder()
            .encodeToString("a planted secret".repeat(4).getBytes(StandardCharsets.UTF_8));

        assertThatException()
            .isThrownBy(() -> application().run(settings(Azurite.connectionString().replace(Azurite.KEY, planted),
                    "--logging.level.io.flowstate=trace")));

        assertThat(output).contains("APPLICATION FAILED TO START")
            .contains("The blob storage refuses access to the state: cannot ")
            .contains("the service answered 403")
            .contains("Give the identity of this application the role Storage Blob Data Contributor on the container")
            .doesNotContain(planted);
    }

    @Test
    void aSecondApplicationIsRefusedAndToldWhoHasTheState(CapturedOutput output) {
        String[] settings = settings(Azurite.connectionString(), "--flowstate.azure.create-container=true");
        try (ConfigurableApplicationContext first = application().run(settings)) {
            assertThat(first.getBean(StateManager.class).checkpoint().version()).isEqualTo(1);

            assertThatException().isThrownBy(() -> application().run(settings));

            assertThat(output).contains("APPLICATION FAILED TO START")
                .contains("The state cannot be opened: " + Azurite.endpoint() + "/" + this.container + "/flowstate/")
                .contains(String.valueOf(ProcessHandle.current().pid()))
                .contains("Stop the other application, or give this one a prefix of its own with"
                        + " flowstate.azure.prefix.")
                .doesNotContain("flowstate.log-dir");
            application().run(settings(Azurite.connectionString(), "--flowstate.azure.prefix=other")).close();
        }

        application().run(settings).close();
    }

    /** With the default settings, which the clients of the SDK would need 47 s for. */
    @Test
    @Timeout(value = 30, unit = TimeUnit.SECONDS)
    void anEndpointThatIsNotThereIsToldWithinSeconds(CapturedOutput output) throws IOException {
        int closed;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = socket.getLocalPort();
        }
        String endpoint = "http://127.0.0.1:" + closed + "/" + Azurite.ACCOUNT;

        assertThatException().isThrownBy(
                () -> application().run(settings(Azurite.connectionString().replace(Azurite.endpoint(), endpoint))));

        assertThat(output).contains("APPLICATION FAILED TO START")
            .contains("The storage of the state does not answer: cannot ")
            .contains(endpoint + "/" + this.container)
            .contains("the account or endpoint under spring.cloud.azure.storage.blob")
            .doesNotContain(Azurite.KEY);
    }

    @Test
    @Timeout(value = 30, unit = TimeUnit.SECONDS)
    void anEndpointThatTakesRequestsAndNeverAnswersIsToldAtTheDeadline(CapturedOutput output) throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String endpoint = "http://127.0.0.1:" + silent.getLocalPort() + "/" + Azurite.ACCOUNT;

            assertThatException().isThrownBy(
                    () -> application().run(settings(Azurite.connectionString().replace(Azurite.endpoint(), endpoint),
                            "--flowstate.azure.try-timeout=500ms", "--flowstate.azure.deadline=1s")));

            assertThat(output).contains("APPLICATION FAILED TO START")
                .contains("The storage of the state does not answer: cannot ")
                .contains(endpoint + "/" + this.container)
                .contains("no answer for ")
                .contains("flowstate.azure.try-timeout and flowstate.azure.deadline")
                .doesNotContain(Azurite.KEY);
        }
    }

    private SpringApplication application() {
        SpringApplication application = new SpringApplication(Application.class);
        application.setWebApplicationType(WebApplicationType.NONE);
        return application;
    }

    private String[] settings(String connectionString, String... more) {
        List<String> settings = new ArrayList<>(List.of("--flowstate.storage=azure",
                "--flowstate.azure.container=" + this.container, "--flowstate.temporary-dir=" + this.directory));
        if (connectionString != null) {
            settings.add("--spring.cloud.azure.storage.blob.connection-string=" + connectionString);
        }
        settings.addAll(Arrays.asList(more));
        return settings.toArray(String[]::new);
    }

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

    }

}
