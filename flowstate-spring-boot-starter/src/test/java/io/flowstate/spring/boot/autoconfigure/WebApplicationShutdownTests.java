package io.flowstate.spring.boot.autoconfigure;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.flowstate.StateManager;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.CounterState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** Tests the order of the shutdown: the web server drains, then the last checkpoint. */
class WebApplicationShutdownTests {

    @TempDir
    private Path directory;

    @Test
    void aRequestThatEndsWhileTheWebServerDrainsIsInTheLastCheckpoint() throws Exception {
        CompletableFuture<HttpResponse<String>> answer;
        try (ConfigurableApplicationContext context = run()) {
            int port = Integer.parseInt(context.getEnvironment().getRequiredProperty("local.server.port"));
            answer = HttpClient.newHttpClient()
                .sendAsync(
                        HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/slow?port=" + port)).build(),
                        HttpResponse.BodyHandlers.ofString());
            assertThat(context.getBean(SlowController.class).entered.await(1, TimeUnit.MINUTES)).isTrue();
        }

        assertThat(answer.get(1, TimeUnit.MINUTES).body()).isEqualTo("1");
        try (ConfigurableApplicationContext context = run()) {
            assertThat(context.getBean(SlowController.class).hits.get("slow")).isEqualTo(1);
        }
    }

    private ConfigurableApplicationContext run() {
        return new SpringApplicationBuilder(Application.class).run("--server.port=0",
                "--flowstate.log-dir=" + this.directory.resolve("log"),
                "--flowstate.checkpoint-dir=" + this.directory.resolve("checkpoints"),
                "--flowstate.checkpoint.interval=0");
    }

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(SlowController.class)
    static class Application {

    }

    /** Answers once the web server takes no more requests. */
    @RestController
    static final class SlowController {

        private final CountDownLatch entered = new CountDownLatch(1);

        private final CounterState<String> hits;

        SlowController(StateManager state) {
            this.hits = state.scope("test").counters("hits", Serializers.string());
        }

        @GetMapping("/slow")
        String slow(@RequestParam int port) {
            this.entered.countDown();
            await().atMost(Duration.ofMinutes(1)).until(() -> refusesConnections(port));
            return String.valueOf(this.hits.add("slow", 1));
        }

        private static boolean refusesConnections(int port) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return !socket.isConnected();
            }
            catch (IOException ex) {
                return true;
            }
        }

    }

}
