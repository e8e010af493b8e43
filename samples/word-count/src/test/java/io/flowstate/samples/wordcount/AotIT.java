package io.flowstate.samples.wordcount;

import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/** Starts the packaged sample with the beans that the build has worked out. */
class AotIT {

    @TempDir
    private Path directory;

    @Test
    void stateHealthAndEndpointWorkAndARestartWithoutAotGoesOn() {
        try (WordCountProcess process = WordCountProcess.startAot(this.directory,
                "--spring.main.log-startup-info=true")) {
            assertThat(process.post("/words", "text/plain", "okapi").statusCode()).isEqualTo(200);
            assertThat(process.console()).anyMatch((line) -> line.contains("Starting AOT-processed"));
            JsonNode health = process.getJson("/actuator/health").path("components").path("flowstate");
            assertThat(health.path("status").asString()).isEqualTo("UP");
            assertThat(process.getJson("/actuator/flowstate/default").path("status").asString()).isEqualTo("OPEN");
            assertThat(process.terminate()).isEqualTo(WordCountProcess.EXIT_CODE_OF_SIGTERM);
            assertThat(process.console()).anyMatch((line) -> line.matches(".*Checkpoint \\d+ was taken at shutdown"));
        }

        try (WordCountProcess process = WordCountProcess.start(this.directory)) {
            assertThat(process.getJson("/words/okapi").path("count").asLong()).isEqualTo(1);
        }
    }

}
