package io.flowstate.spring.boot.autoconfigure;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

import com.azure.storage.blob.BlobServiceClient;
import com.azure.storage.blob.models.BlobItem;
import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.azure.Azurite;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.CounterState;
import io.flowstate.state.SortedMapState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests the classic configuration on Azure, from the README's own YAML. */
@ExtendWith(Azurite.class)
class AzureReadmeTests {

    @TempDir
    private Path directory;

    private final String container = "classic-" + UUID.randomUUID();

    @Test
    void theClassicConfigurationKeepsItsStateOnOtherMachines() throws IOException {
        List<String> blocks = Readme.blocks("yaml")
            .stream()
            .filter((block) -> block.contains("storage: azure") && block.contains("page-size: 16MB"))
            .toList();
        assertThat(blocks).hasSize(1);
        Instant start = Instant.parse("2026-11-25T12:00:00Z");

        for (int machine = 1; machine <= 2; machine++) {
            try (ConfigurableApplicationContext context = run(blocks.get(0), "machine-" + machine)) {
                StateManagerOptions options = context.getBean(StateManagerOptions.class);
                assertThat(options.memorySize()).isEqualTo(64 << 20);
                assertThat(options.pageSize()).isEqualTo(16 << 20);
                assertThat(options.cachePageCount()).isEqualTo(10_000);
                assertThat(options.temporaryDirectory()).isEqualTo(Path.of("temp"));
                StateManager state = context.getBean(StateManager.class);
                CounterState<String> hits = state.scope("orders").counters("hits", Serializers.string());
                SortedMapState<Instant, String> byTime = state.scope("orders")
                    .sortedMap("by-time", Serializers.instant(), Serializers.string());
                assertThat(hits.add("alice", 1)).isEqualTo(machine);
                byTime.put(start.plusSeconds(machine), "order");
                assertThat(byTime.size()).isEqualTo(machine);
            }
        }

        BlobServiceClient service = Azurite.service();
        List<String> names = service.getBlobContainerClient(this.container)
            .listBlobs()
            .stream()
            .map(BlobItem::getName)
            .toList();
        assertThat(names.stream().map((name) -> name.replaceAll("(/[^/]*)/.*", "$1")).collect(Collectors.toSet()))
            .containsExactlyInAnyOrder("orders/hlog.log", "orders/checkpoints", "orders/flowstate.lock");
    }

    /** With the YAML as the README prints it, but for the name of the container. */
    private ConfigurableApplicationContext run(String yaml, String machine) throws IOException {
        Path config = Files.createDirectories(this.directory.resolve(machine)).resolve("application.yml");
        Files.writeString(config, yaml, StandardCharsets.UTF_8);
        return new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
            .run("--spring.config.location=file:" + config, "--flowstate.azure.container=" + this.container,
                    "--AZURE_STORAGE_CONNECTION_STRING=" + Azurite.connectionString());
    }

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

    }

}
