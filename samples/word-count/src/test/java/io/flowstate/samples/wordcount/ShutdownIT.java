package io.flowstate.samples.wordcount;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** Ends the packaged sample with SIGTERM, and looks what the next start finds. */
class ShutdownIT {

    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    private static final Pattern TAKEN = Pattern.compile("Checkpoint (\\d+) was taken at shutdown");

    private static final Pattern GIVEN_UP = Pattern
        .compile("Shutdown goes on without its checkpoint, .*the last good checkpoint is (\\d+),");

    @TempDir
    private Path directory;

    @Test
    void underLoadRequestsFinishAndNoWordThatWasAnsweredIsMissing() throws Exception {
        List<Client> clients = Stream.of("zebraa", "zebrab", "zebrac", "zebrad").map(Client::new).toList();
        ExecutorService threads = Executors.newFixedThreadPool(clients.size());
        long checkpoint;
        JsonNode seen;
        try (WordCountProcess process = WordCountProcess.start(this.directory, "--passes=1000", "--rate=4000",
                "--flowstate.checkpoint.interval=200ms")) {
            List<CompletableFuture<Void>> load = clients.stream()
                .map((client) -> CompletableFuture.runAsync(() -> client.postUntilRefused(process), threads))
                .toList();
            await().atMost(TIMEOUT).until(() -> clients.stream().allMatch((client) -> client.answered.get() >= 100));
            seen = process.getJson("/progress");

            try (OpenRequest open = OpenRequest.post(process.address(), "/words", "okapi okapi")) {
                process.beginTerminate();
                await().atMost(TIMEOUT).until(() -> refusesConnections(process.address()));
                assertThat(open.finish()).startsWith("HTTP/1.1 200").contains("{\"word\":\"okapi\",\"count\":2}");
            }

            assertThat(process.awaitEnd()).isEqualTo(WordCountProcess.EXIT_CODE_OF_SIGTERM);
            for (CompletableFuture<Void> thread : load) {
                thread.get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
            }
            checkpoint = versionIn(process, TAKEN);
        }
        finally {
            threads.shutdownNow();
        }

        try (WordCountProcess process = WordCountProcess.start(this.directory)) {
            JsonNode progress = process.getJson("/progress");
            assertThat(progress.path("recoveredCheckpoint").asLong()).isEqualTo(checkpoint);
            assertThat(linesCounted(progress.path("recovered"), progress))
                .isGreaterThanOrEqualTo(linesCounted(seen, progress));
            assertThat(count(process, "okapi")).isEqualTo(2);
            for (Client client : clients) {
                // the last one may have been counted without an answer
                assertThat(count(process, client.word)).isBetween(client.answered.get(), client.answered.get() + 1);
            }
            System.out.println("ShutdownIT: " + clients.stream().mapToLong((client) -> client.answered.get()).sum()
                    + " requests were answered until the end");
        }
    }

    @Test
    void aCheckpointThatHangsIsGivenUpAndTheRestartFindsTheOneThatTheWarningNames() {
        long checkpoint;
        try (WordCountProcess process = WordCountProcess.startWith(this.directory, HangingShutdown.class,
                "--flowstate.checkpoint.interval=0", "--flowstate.checkpoint.shutdown-timeout=2s",
                "--management.endpoints.web.exposure.include=flowstate",
                "--management.endpoint.flowstate.access=unrestricted")) {
            assertThat(postWords(process, "okapi").statusCode()).isEqualTo(200);
            assertThat(process.post("/actuator/flowstate/default/checkpoint", "application/json", "").statusCode())
                .isEqualTo(200);
            assertThat(postWords(process, "okapi zebra").statusCode()).isEqualTo(200);

            assertThat(process.terminate()).isEqualTo(WordCountProcess.EXIT_CODE_OF_SIGTERM);
            checkpoint = versionIn(process, GIVEN_UP);
        }

        try (WordCountProcess process = WordCountProcess.start(this.directory)) {
            assertThat(process.getJson("/progress").path("recoveredCheckpoint").asLong()).isEqualTo(checkpoint);
            assertThat(count(process, "okapi")).isEqualTo(1);
            assertThat(count(process, "zebra")).isZero();
        }
    }

    private static boolean refusesConnections(URI address) throws IOException {
        try (Socket socket = new Socket(address.getHost(), address.getPort())) {
            return !socket.isConnected();
        }
        catch (ConnectException ex) {
            return true;
        }
    }

    private static HttpResponse<String> postWords(WordCountProcess process, String text) {
        return process.post("/words", "text/plain", text);
    }

    private static long versionIn(WordCountProcess process, Pattern message) {
        List<Matcher> found = process.console().stream().map(message::matcher).filter(Matcher::find).toList();
        assertThat(found).hasSize(1);
        return Long.parseLong(found.get(0).group(1));
    }

    private static long linesCounted(JsonNode position, JsonNode progress) {
        return (position.path("pass").asLong() - 1) * progress.path("lines").asLong() + position.path("line").asLong();
    }

    private static long count(WordCountProcess process, String word) {
        return process.getJson("/words/" + word).path("count").asLong(-1);
    }

    /** Posts a word of its own again and again. */
    private static final class Client {

        private final String word;

        private final AtomicLong answered = new AtomicLong();

        private Client(String word) {
            this.word = word;
        }

        /** Ends when the sample takes no more requests. */
        void postUntilRefused(WordCountProcess process) {
            while (true) {
                HttpResponse<String> answer;
                try {
                    answer = postWords(process, this.word);
                }
                catch (UncheckedIOException ex) {
                    return;
                }
                if (answer.statusCode() == 503) {
                    return;
                }
                assertThat(answer.body())
                    .isEqualTo("[{\"word\":\"" + this.word + "\",\"count\":" + this.answered.incrementAndGet() + "}]");
            }
        }

    }

}
