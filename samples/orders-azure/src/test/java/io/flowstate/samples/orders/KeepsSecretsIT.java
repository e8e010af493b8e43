package io.flowstate.samples.orders;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.UUID;

import io.flowstate.azure.Azurite;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** Looks for the key of the account in all that the sample says. */
@ExtendWith(Azurite.class)
class KeepsSecretsIT {

    private static final List<String> ENDPOINTS = List.of("health", "info", "beans", "conditions", "configprops", "env",
            "loggers", "mappings", "metrics", "scheduledtasks", "sbom", "threaddump");

    @TempDir
    private Path directory;

    private final String container = "--flowstate.azure.container=secrets-" + UUID.randomUUID();

    @Test
    void neitherActuatorNorLogShowsTheKey() {
        try (OrdersProcess process = OrdersProcess.start(this.directory, Azurite.connectionString(), this.container,
                "--management.endpoints.web.exposure.include=*", "--logging.level.io.flowstate=debug")) {
            String beans = process.get("/actuator/beans").body();
            assertThat(beans).contains("flowstateAzureBlobStorage");

            for (String endpoint : ENDPOINTS) {
                HttpResponse<String> answer = process.get("/actuator/" + endpoint);
                assertThat(answer.statusCode()).as(endpoint).isIn(200, 404);
                assertThat(answer.body()).as(endpoint).doesNotContain(Azurite.KEY);
            }
            assertThat(process.get("/actuator/health").body()).contains("\"flowstate\"");
            assertThat(process.terminate()).isEqualTo(OrdersProcess.EXIT_CODE_OF_SIGTERM);
            assertThat(process.console()).isNotEmpty().noneMatch((line) -> line.contains(Azurite.KEY));
        }
    }

    @Test
    void aKeyThatIsRefusedIsNotShownEither() {
        String planted = Base64.getEncoder()
            .encodeToString("a planted secret".repeat(4).getBytes(StandardCharsets.UTF_8));
        String connectionString = Azurite.connectionString().replace(Azurite.KEY, planted);

        try (OrdersProcess process = OrdersProcess.start(this.directory, connectionString, this.container,
                "--logging.level.io.flowstate=debug")) {
            assertThat(process.awaitEnd()).isEqualTo(1);
            assertThat(process.console()).contains("APPLICATION FAILED TO START")
                .anyMatch((line) -> line.startsWith("The blob storage refuses access to the state: "))
                .noneMatch((line) -> line.contains(planted));
        }
    }

}
