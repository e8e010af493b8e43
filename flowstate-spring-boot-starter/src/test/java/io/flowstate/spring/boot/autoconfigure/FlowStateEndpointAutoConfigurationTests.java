package io.flowstate.spring.boot.autoconfigure;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.flowstate.StateManager;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.SortedMapState;
import io.flowstate.storage.CheckpointManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/** Tests {@link FlowStateEndpointAutoConfiguration}. */
class FlowStateEndpointAutoConfigurationTests {

    @TempDir
    private Path directory;

    @Test
    void itIsThereOnlyIfItIsExposedAndActuatorIsOnTheClassPath() {
        contexts().run((context) -> assertThat(context).doesNotHaveBean(FlowStateEndpoint.class));
        ApplicationContextRunner exposed = exposed();
        exposed.run((context) -> assertThat(context).hasSingleBean(FlowStateEndpoint.class));
        exposed.withClassLoader(new FilteredClassLoader("org.springframework.boot.actuate"))
            .run((context) -> assertThat(context).hasSingleBean(StateManager.class)
                .doesNotHaveBean("flowstateEndpoint"));
    }

    private List<String> settings() {
        return List.of("flowstate.log-dir=" + this.directory.resolve("log"),
                "flowstate.checkpoint-dir=" + this.directory.resolve("checkpoints"),
                "flowstate.temporary-dir=" + this.directory.resolve("temp"), "flowstate.checkpoint.interval=0");
    }

    @Test
    void itShowsStatesTiersAndCheckpointsAndWritesNothingUnlessAllowed() throws Exception {
        try (ConfigurableApplicationContext context = run()) {
            StateManager state = context.getBean(StateManager.class);
            SortedMapState<Integer, String> sorted = state.scope("orders")
                .scope("inner")
                .sortedMap("by-time", Serializers.int32(), Serializers.string());
            sorted.put(1, "one");
            sorted.put(2, "two");
            assertThat(sorted.get(1)).isEqualTo("one");
            long version = state.checkpoint("meta".getBytes(StandardCharsets.UTF_8)).version();

            JsonNode store = json(get(context, "")).path("stores").path("default");

            JsonNode alone = json(get(context, "/default"));
            assertThat(alone.path("states")).isEqualTo(store.path("states"));
            assertThat(alone.path("log")).isEqualTo(store.path("log"));
            assertThat(store.path("status").asString()).isEqualTo("OPEN");
            JsonNode sortedMap = store.path("states").path(0);
            assertThat(sortedMap.path("scope")).hasToString("[\"orders\",\"inner\"]");
            assertThat(sortedMap.path("name").asString()).isEqualTo("by-time");
            assertThat(sortedMap.path("kind").asString()).isEqualTo("sorted map");
            assertThat(sortedMap.path("entries").asLong()).isEqualTo(2);
            assertThat(sortedMap.path("pages").asLong()).isOne();
            assertThat(store.path("tiers")).extracting((tier) -> tier.path("name").asString())
                .containsExactly("record-memory", "record-log", "page-cache", "modified-page-file", "page-log");
            assertThat(store.path("tiers").path(2).path("hitRatio").asDouble()).isPositive();
            assertThat(store.path("log").path("tail").isNumber()).isTrue();
            assertThat(store.path("checkpoints").path("lastVersion").asLong()).isEqualTo(version);
            JsonNode phases = store.path("checkpoints").path("recent").path(0);
            assertThat(phases.path("version").asLong()).isEqualTo(version);
            for (String phase : List.of("gatePause", "flush", "commit")) {
                assertThat(Duration.parse(phases.path(phase).asString())).as(phase).isPositive();
            }
            assertThat(store.path("restorable").path(0).path("version").asLong()).isEqualTo(version);
            assertThat(store.path("restorable").path(0).path("metadataBytes").asInt()).isEqualTo(4);

            assertThat(get(context, "/other").statusCode()).isEqualTo(404);
            assertThat(post(context, "/default/checkpoint").statusCode()).isGreaterThanOrEqualTo(400);
            assertThat(state.lastCheckpoint().orElseThrow().version()).isEqualTo(version);
        }
    }

    @Test
    void itTakesCheckpointsAndCleansIfAllowed() throws Exception {
        try (ConfigurableApplicationContext context = run("--management.endpoint.flowstate.access=unrestricted")) {
            StateManager state = context.getBean(StateManager.class);

            HttpResponse<String> checkpoint = post(context, "/default/checkpoint");
            assertThat(checkpoint.statusCode()).isEqualTo(200);
            assertThat(json(checkpoint).path("version").asLong())
                .isEqualTo(state.lastCheckpoint().orElseThrow().version());

            HttpResponse<String> compact = post(context, "/default/compact");
            assertThat(compact.statusCode()).isEqualTo(200);
            assertThat(json(compact).path("version").asLong()).isGreaterThan(json(checkpoint).path("version").asLong());

            assertThat(post(context, "/other/checkpoint").statusCode()).isBetween(200, 404);
            assertThat(post(context, "/default/explode").statusCode()).isEqualTo(400);
        }
    }

    @Test
    void theConsoleIsOnePageThatAsksForNothingElsewhere() throws Exception {
        try (ConfigurableApplicationContext context = run()) {
            String browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
            for (String accept : List.of(browser, "*/*")) {
                HttpResponse<String> page = send(
                        HttpRequest.newBuilder(uri(context, "/console")).header("Accept", accept).build());

                assertThat(page.statusCode()).as(accept).isEqualTo(200);
                assertThat(page.headers().firstValue("Content-Type")).hasValueSatisfying(
                        (type) -> assertThat(type).startsWithIgnoringCase("text/html").containsIgnoringCase("utf-8"));
                assertThat(page.body()).startsWith("<!DOCTYPE html>")
                    .contains("<title>FlowState</title>")
                    .doesNotContain("http:", "https:", "src=", "href=", "@import", "url(");
            }
            HttpResponse<String> store = send(
                    HttpRequest.newBuilder(uri(context, "/default")).header("Accept", browser).build());
            assertThat(json(store).path("status").asString()).isEqualTo("OPEN");
        }
    }

    @Test
    void aStoppedStoreIsShownAsSuch() throws Exception {
        try (ConfigurableApplicationContext context = run()) {
            FlowStateEndpoint endpoint = context.getBean(FlowStateEndpoint.class);
            context.stop();

            StoreDescription store = endpoint.store("default");

            assertThat(store).isNotNull();
            assertThat(store.status()).isEqualTo(Store.Status.CLOSED);
            assertThat(store.states()).isNull();
        }
    }

    @Test
    void theStorageIsReadOnceACheckpointHoweverOftenItIsAsked() {
        FaultyCheckpointManager checkpoints = new FaultyCheckpointManager(this.directory.resolve("checkpoints"));
        exposed().withBean(CheckpointManager.class, () -> checkpoints).run((context) -> {
            StateManager state = context.getBean(StateManager.class);
            FlowStateEndpoint endpoint = context.getBean(FlowStateEndpoint.class);
            long first = state.checkpoint("meta".getBytes(StandardCharsets.UTF_8)).version();

            assertThat(restorable(endpoint)).containsExactly(first);
            int reads = checkpoints.reads();
            assertThat(restorable(endpoint)).containsExactly(first);
            assertThat(checkpoints.reads()).isEqualTo(reads);

            long second = state.checkpoint().version();
            assertThat(restorable(endpoint)).containsExactly(second, first);
            context.stop();
            context.start();
            assertThat(restorable(endpoint)).hasSize(3).endsWith(second, first);
        });
    }

    private static List<Long> restorable(FlowStateEndpoint endpoint) {
        return Objects.requireNonNull(endpoint.stores().stores().get("default").restorable())
            .stream()
            .map(StoreDescription.CheckpointDescription::version)
            .toList();
    }

    @Test
    void aStorageThatFailsIsToldInThePartOfItsStore() {
        FaultyCheckpointManager checkpoints = new FaultyCheckpointManager(this.directory.resolve("checkpoints"));
        exposed().withBean(CheckpointManager.class, () -> checkpoints)
            .withPropertyValues("flowstate.stores.scratch.storage=temporary",
                    "flowstate.stores.scratch.temporary-dir=" + this.directory.resolve("temp"),
                    "flowstate.memory-size=16MB", "flowstate.index-memory=16MB",
                    "flowstate.stores.scratch.memory-size=16MB", "flowstate.stores.scratch.index-memory=16MB")
            .run((context) -> {
                context.getBean(StateManager.class).checkpoint();
                checkpoints.failReads(true);

                Map<String, StoreDescription> stores = context.getBean(FlowStateEndpoint.class).stores().stores();

                assertThat(stores.get("default").failure()).contains("the test made this read fail");
                assertThat(stores.get("default").restorable()).isNull();
                assertThat(stores.get("default").status()).isEqualTo(Store.Status.OPEN);
                assertThat(stores.get("default").tiers()).isNotEmpty();
                assertThat(stores.get("scratch").failure()).isNull();
                assertThat(stores.get("scratch").restorable()).isEmpty();
                checkpoints.failReads(false);
                assertThat(restorable(context.getBean(FlowStateEndpoint.class))).hasSize(1);
            });
    }

    private ApplicationContextRunner exposed() {
        return contexts().withPropertyValues("management.endpoints.web.exposure.include=flowstate");
    }

    private ApplicationContextRunner contexts() {
        return new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(FlowStateAutoConfiguration.class, FlowStateEndpointAutoConfiguration.class))
            .withPropertyValues(settings().toArray(String[]::new));
    }

    private ConfigurableApplicationContext run(String... more) {
        List<String> arguments = new ArrayList<>(
                List.of("--server.port=0", "--management.endpoints.web.exposure.include=flowstate"));
        settings().forEach((setting) -> arguments.add("--" + setting));
        arguments.addAll(List.of(more));
        return new SpringApplicationBuilder(Application.class).run(arguments.toArray(String[]::new));
    }

    private static HttpResponse<String> get(ConfigurableApplicationContext context, String path) throws Exception {
        return send(HttpRequest.newBuilder(uri(context, path)).build());
    }

    private static HttpResponse<String> post(ConfigurableApplicationContext context, String path) throws Exception {
        return send(HttpRequest.newBuilder(uri(context, path)).POST(HttpRequest.BodyPublishers.noBody()).build());
    }

    private static HttpResponse<String> send(HttpRequest request) throws Exception {
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static URI uri(ConfigurableApplicationContext context, String path) {
        String port = context.getEnvironment().getRequiredProperty("local.server.port");
        return URI.create("http://localhost:" + port + "/actuator/flowstate" + path);
    }

    private static JsonNode json(HttpResponse<String> response) {
        assertThat(response.statusCode()).isEqualTo(200);
        return new JsonMapper().readTree(response.body());
    }

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

    }

}
