package io.flowstate.spring.boot.autoconfigure;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests the generated {@code spring-configuration-metadata.json}. */
class ConfigurationMetadataTests {

    @Test
    void everyPropertyHasDescriptionTypeAndDefault() throws URISyntaxException {
        List<String> names = new ArrayList<>();

        for (JsonNode property : metadata().path("properties")) {
            names.add(property.path("name").asString());
            assertThat(property.path("description").asString("")).as("description of %s", property).endsWith(".");
            assertThat(property.path("type").asString("")).as("type of %s", property).isNotEmpty();
            assertThat(property.path("defaultValue").asString("")).as("default of %s", property).isNotEmpty();
        }

        names.removeIf((name) -> name.startsWith("management.endpoint.flowstate.")); // those
                                                                                     // of
                                                                                     // every
                                                                                     // endpoint
        assertThat(names).containsExactlyInAnyOrder("flowstate.enabled", "flowstate.storage", "flowstate.log-dir",
                "flowstate.azure.container", "flowstate.azure.prefix", "flowstate.azure.create-container",
                "flowstate.azure.client", "flowstate.azure.cache-dir", "flowstate.azure.cache-size",
                "flowstate.azure.lease-duration", "flowstate.azure.take-over-timeout", "flowstate.azure.try-timeout",
                "flowstate.azure.max-tries", "flowstate.azure.deadline", "flowstate.azure.upload-parallelism",
                "flowstate.azure.object-size", "flowstate.checkpoint-dir", "flowstate.temporary-dir",
                "flowstate.memory-size", "flowstate.page-size", "flowstate.segment-size", "flowstate.index-memory",
                "flowstate.cache-page-count", "flowstate.cache-memory", "flowstate.state-page-size",
                "flowstate.compression", "flowstate.temporary-size-limit", "flowstate.read-cache",
                "flowstate.replay-limit", "flowstate.recovery", "flowstate.device-timeout",
                "flowstate.on-unreadable-checkpoint", "flowstate.checkpoint.interval", "flowstate.checkpoint.keep",
                "flowstate.checkpoint.on-shutdown", "flowstate.checkpoint.shutdown-timeout",
                "flowstate.checkpoint.gate-pause", "flowstate.checkpoint.gate-timeout", "flowstate.checkpoint.timeout",
                "flowstate.checkpoint.metadata-limit", "flowstate.stores", "flowstate.health.failures",
                "flowstate.health.checkpoint-age");
    }

    private static JsonNode metadata() throws URISyntaxException {
        URI classes = FlowStateProperties.class.getProtectionDomain().getCodeSource().getLocation().toURI();
        return new JsonMapper().readTree(Path.of(classes).resolve("META-INF/spring-configuration-metadata.json"));
    }

}
