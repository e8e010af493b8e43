package io.flowstate.samples.wordcount;

import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/** Starts the packaged sample twice on one state. */
class OneWriterIT {

    @TempDir
    private Path directory;

    @Test
    void aSecondProcessIsRefusedAndTheKillOfTheFirstFreesTheState() {
        try (WordCountProcess first = WordCountProcess.start(this.directory)) {
            assertThat(first.get("/progress").statusCode()).isEqualTo(200);

            for (int attempt = 1; attempt <= 2; attempt++) {
                try (WordCountProcess second = WordCountProcess.start(this.directory)) {
                    assertThat(second.awaitEnd()).isEqualTo(1);
                    assertThat(second.console()).contains("APPLICATION FAILED TO START")
                        .anyMatch((line) -> line.startsWith("The state cannot be opened: ")
                                && line.contains(String.valueOf(first.pid())));
                }
            }
            first.kill();
        }

        try (WordCountProcess third = WordCountProcess.start(this.directory)) {
            assertThat(third.get("/progress").statusCode()).isEqualTo(200);
            assertThat(third.terminate()).isEqualTo(WordCountProcess.EXIT_CODE_OF_SIGTERM);
            assertThat(third.console()).anyMatch((line) -> line.matches(".*Checkpoint \\d+ was taken at shutdown"));
        }
    }

}
