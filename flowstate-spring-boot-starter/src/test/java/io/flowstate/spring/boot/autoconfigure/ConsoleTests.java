package io.flowstate.spring.boot.autoconfigure;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.StateScope;
import io.flowstate.serialization.Serializers;
import io.flowstate.spring.boot.StateManagerOptionsCustomizer;
import io.flowstate.spring.boot.test.TestStorage;
import io.flowstate.spring.boot.test.TestStorage.Point;
import io.flowstate.state.MapState;
import io.flowstate.state.SortedMapState;
import io.flowstate.storage.CheckpointFailedException;
import io.flowstate.storage.Storage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Keys;
import org.openqa.selenium.interactions.Actions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.annotation.BeanFactoryAnnotationUtils;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Looks at the console with a browser, as people do. The application has a busy store,
 * one whose checkpoints fail ({@code sessions}), one that is being recovered
 * ({@code archive}) and one that another has open ({@code audit}).
 */
class ConsoleTests {

    private static final Duration LONG = Duration.ofMinutes(1);

    /** Keeps the answers that the page gets, and lets it ask 20 times as often. */
    private static final String OBSERVED = """
            window.answers = [];
            window.fetched = window.fetch;
            window.fetch = async (...request) => {
                const answer = await window.fetched(...request);
                window.answers.push(await answer.clone().text());
                return answer;
            };
            window.rounds = 0;
            window.waited = window.setTimeout;
            window.setTimeout = (call, millis) => window.waited(() => { window.rounds++; call(); }, millis / 20);""";

    /** What stands on the page, store by store: a line of texts for each fact and row. */
    private static final String TEXTS = """
            document.querySelectorAll('time').forEach((time) => { time.innerText = time.dateTime; });
            const texts = (nodes) => [...nodes].map((node) => node.innerText.trim().replace(/\\s*\\n\\s*/g, '|'));
            const store = (article) => [
                texts(article.querySelectorAll('.title')), ...[...article.querySelectorAll('dl div')].map((fact) => texts(fact.children)),
                ...[...article.querySelectorAll('tbody tr')].map((row) => texts(row.cells)),
                ...[...article.querySelectorAll('.legend')].map((legend) => texts(legend.children)),
                ...[...article.querySelectorAll('.room')].map((room) => texts(room.children))];
            const stores = [...document.querySelectorAll('article')].map((article) => [article.id, store(article)]);
            return [window.answers.at(-1), Object.fromEntries(stores)];""";

    @RegisterExtension
    private static final Browser browser = new Browser();

    @TempDir
    private static Path directory;

    private static TestStorage sessions;

    private static TestStorage archive;

    private static StateManager audit;

    private static ConfigurableApplicationContext context;

    @BeforeAll
    static void run() throws Exception {
        sessions = TestStorage.in(directory.resolve("sessions"));
        archive = TestStorage.in(directory.resolve("archive"));
        audit = open(TestStorage.in(directory.resolve("audit")).storage());
        try (StateManager state = open(archive.storage())) {
            state.scope("archive").counters("visits", Serializers.string()).add("page", 1);
            state.checkpoint();
        }
        archive.hold(Point.READ);
        context = application();
        fill(context.getBean(StateManager.class));
        StateManager failing = BeanFactoryAnnotationUtils.qualifiedBeanOfType(context.getBeanFactory(),
                StateManager.class, "sessions");
        failing.scope("the-web-application-that-nobody-dared-to-rename")
            .scope("attributes")
            .map("by-session-and-attribute-name", Serializers.string(), Serializers.string())
            .put("session", "attribute");
        failing.checkpoint();
        sessions.fail(Point.COMMIT);
        for (int i = 0; i < 2; i++) {
            assertThatExceptionOfType(CheckpointFailedException.class).isThrownBy(failing::checkpoint);
        }
    }

    private static StateManager open(Storage storage) {
        return StateManager.open(StateManagerOptions.builder().persistentStorage(storage).build());
    }

    private static ConfigurableApplicationContext application() {
        List<String> settings = new ArrayList<>(
                List.of("server.port=0", "management.endpoints.web.exposure.include=flowstate",
                        "flowstate.checkpoint.keep=5", "flowstate.log-dir=" + directory.resolve("log"),
                        "flowstate.checkpoint-dir=" + directory.resolve("checkpoints"), "flowstate.page-size=64KB",
                        "flowstate.memory-size=1MB", "flowstate.segment-size=256KB", "flowstate.state-page-size=4KB",
                        "flowstate.cache-page-count=100"));
        for (String store : List.of("", "stores.archive.", "stores.audit.", "stores.sessions.")) {
            String prefix = "flowstate." + store;
            settings.addAll(List.of(prefix + "temporary-dir=" + directory.resolve("temporary"),
                    prefix + "checkpoint.interval=0", prefix + "checkpoint.on-shutdown=false"));
        }
        settings.addAll(List.of("flowstate.stores.archive.recovery=background",
                "flowstate.stores.archive.device-timeout=1h", "flowstate.stores.audit.recovery=background",
                "flowstate.stores.audit.log-dir=" + directory.resolve("audit/log"),
                "flowstate.stores.audit.checkpoint-dir=" + directory.resolve("audit/checkpoints")));
        return new SpringApplicationBuilder(Application.class)
            .run(settings.stream().map((setting) -> "--" + setting).toArray(String[]::new));
    }

    /** More than its memory holds, changed and read, with some checkpoints. */
    private static void fill(StateManager state) {
        SplittableRandom random = new SplittableRandom(1);
        StateScope shop = state.scope("shop");
        MapState<Integer, String> customers = shop.map("customers", Serializers.int32(), Serializers.string());
        SortedMapState<Integer, String> orders = shop.scope("orders")
            .sortedMap("by-time", Serializers.int32(), Serializers.string());
        for (int round = 0; round < 6; round++) {
            for (int i = 0; i < 1500; i++) {
                customers.put(random.nextInt(10_000), "customer ".repeat(20));
                orders.put(random.nextInt(10_000), "order ".repeat(20));
                customers.get(random.nextInt(10_000));
                orders.get(random.nextInt(10_000));
            }
            shop.counters("visits", Serializers.string()).add("page " + round, 1);
            shop.queue("mails", Serializers.string()).addLast("mail " + round);
            state.checkpoint();
        }
        shop.append("audit", Serializers.int64(), Serializers.string()).append(1L, "began");
        shop.temporaryMap("carts", Serializers.string(), Serializers.string()).put("cart", "open");
        state.checkpoint(new byte[3000]);
        for (int i = 0; i < 1500; i++) { // changed pages that no checkpoint has
            orders.put(random.nextInt(10_000), "late order ".repeat(20));
        }
    }

    @AfterAll
    static void stop() {
        if (context != null) {
            sessions.heal();
            archive.heal();
            context.close();
            audit.close();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = { 360, 1024, 1920 })
    void itIsReadableAtEachWidthAndForEveryone(int width) throws IOException {
        browser.show(width, "light");
        open();

        for (String colours : List.of("light", "dark")) {
            browser.show(width, colours);
            browser.keepPicture(width + "-" + colours);

            assertThat(browser.violations()).as("what axe finds").isEqualTo(List.of());
            assertThat(browser.driver().executeScript("return document.documentElement.scrollWidth"))
                .as("nothing reaches beyond the page")
                .isEqualTo((long) width);
        }
        assertThat(browser.errors()).isEmpty();
    }

    @Test
    void itsFiguresAreThoseOfTheEndpoint() {
        browser.show(1024, "light");
        open();

        await().atMost(LONG).untilAsserted(() -> {
            List<?> texts = (List<?>) browser.driver().executeScript(TEXTS);
            Map<String, Object> expected = new LinkedHashMap<>();
            new JsonMapper().readTree((String) texts.get(0))
                .path("stores")
                .forEachEntry((name, store) -> expected.put(name, expected(name, store)));
            assertThat(expected).containsOnlyKeys("archive", "audit", "default", "sessions");
            assertThat(texts.get(1)).isEqualTo(expected);
        });
        assertThat(browser.errors()).isEmpty();
    }

    @Test
    void itShowsWhatIsNewByItselfAndCanBePausedByKeyboard() {
        browser.show(360, "light");
        open();
        StateManager state = context.getBean(StateManager.class);
        awaitVersion(state.checkpoint().version());

        press(Keys.TAB, Keys.SPACE);
        await().atMost(LONG).until(() -> text("#pause[aria-pressed=true]").equals("Pause"));
        long rounds = rounds();
        await().atMost(LONG).until(() -> rounds() > rounds + 1); // what was asked before
                                                                 // is shown
        long version = state.checkpoint().version();
        long later = rounds();
        await().atMost(LONG).until(() -> rounds() > later + 3);
        assertThat(text("#default .facts")).contains("version " + (version - 1));

        press(Keys.SPACE);
        awaitVersion(version);

        press(Keys.TAB, Keys.TAB, Keys.TAB, Keys.TAB, Keys.ENTER);
        assertThat(browser.driver()
            .executeScript("return Math.round(document.getElementById('sessions').getBoundingClientRect().top)"))
            .isEqualTo(0L);
        assertThat(browser.errors()).isEmpty();
    }

    @Test
    void itSaysSoWhenTheApplicationDoesNotAnswer() {
        browser.show(360, "light");
        open();

        browser.driver().executeScript("window.fetch = async () => new Response('', { status: 503 })");
        await().atMost(LONG).until(() -> text("#trouble").equals("No new figures: the endpoint answered 503"));
        assertThat(text("#default .facts")).contains("version");

        browser.driver().executeScript("window.fetch = window.fetched");
        await().atMost(LONG).until(() -> text("#trouble").isEmpty());
        assertThat(browser.errors()).isEmpty();
    }

    private static void open() {
        URI page = URI.create("http://localhost:" + context.getEnvironment().getRequiredProperty("local.server.port")
                + "/actuator/flowstate/console");
        browser.open(page, OBSERVED);
        await().atMost(LONG).untilAsserted(() -> {
            assertThat(browser.errors()).isEmpty();
            assertThat(text("#trouble")).isEmpty();
            assertThat(text("#default .facts")).isNotEmpty();
        });
    }

    private static void awaitVersion(long version) {
        await().atMost(LONG).until(() -> text("#default .facts").contains("version " + version));
    }

    private static String text(String selector) {
        return (String) browser.driver()
            .executeScript("return document.querySelector(arguments[0])?.innerText ?? ''", selector);
    }

    private static long rounds() {
        return (long) browser.driver().executeScript("return window.rounds");
    }

    private static void press(Keys... keys) {
        new Actions(browser.driver()).sendKeys(keys).perform();
    }

    /** What the page should say of a store. */
    private static List<List<String>> expected(String name, JsonNode store) {
        List<List<String>> lines = new ArrayList<>();
        String status = store.path("status").asString();
        boolean failing = store.path("checkpoints").path("failedInARow").asLong() > 0;
        lines.add(List.of(name + "|" + switch (status) {
            case "OPEN" -> failing ? "▲ open, checkpoints fail" : "● open";
            case "RECOVERING" -> "◐ recovering";
            default -> "✕ failed";
        }));
        if (!status.equals("OPEN")) {
            return lines;
        }
        Map<String, JsonNode> tiers = new LinkedHashMap<>();
        store.path("tiers").forEach((tier) -> tiers.put(tier.path("name").asString(), tier));
        JsonNode checkpoints = store.path("checkpoints");
        JsonNode newest = store.path("restorable").path(0);
        JsonNode disk = store.path("disk");
        long entries = store.path("states").valueStream().mapToLong((state) -> state.path("entries").asLong()).sum();
        long logs = tiers.get("record-log").path("bytes").asLong() + tiers.get("page-log").path("bytes").asLong();
        lines.add(List.of("newest checkpoint", time(newest.path("age")) + " ago",
                "version " + checkpoints.path("lastVersion")));
        lines.add(List.of("checkpoints", number(checkpoints.path("completed")),
                number(checkpoints.path("failed")) + " failed"));
        lines.add(List.of("entries", number(entries),
                "in " + store.path("states").size() + ((store.path("states").size() == 1) ? " state" : " states")));
        lines.add(List.of("in memory",
                bytes(tiers.get("record-memory").path("bytes").asLong()
                        + tiers.get("page-cache").path("bytes").asLong()),
                "and " + bytes(tiers.get("modified-page-file").path("bytes")) + " in a file"));
        lines.add(List.of("logs", bytes(logs),
                bytes(live(tiers.get("record-log")) + live(tiers.get("page-log"))) + " live"));
        lines.add(List.of("disk free", bytes(disk.path("freeBytes")), "of " + bytes(disk.path("totalBytes"))));
        for (String tier : List.of("record-memory", "page-cache", "modified-page-file", "record-log", "page-log")) {
            JsonNode figures = tiers.get(tier);
            JsonNode limit = figures.path("limitBytes");
            JsonNode ratio = figures.path("hitRatio");
            lines.add(List.of(tier, bytes(figures.path("bytes")) + (limit.isNull() ? "" : "|of " + bytes(limit)),
                    (ratio.isNull() ? "not read" : rounded(100 * ratio.asDouble()) + " %") + "|"
                            + number(figures.path("hits")) + " hits"));
        }
        store.path("restorable").forEach((checkpoint) -> lines.add(restorable(checkpoint, checkpoints.path("recent"))));
        store.path("states")
            .forEach((state) -> lines.add(List.of(
                    String.join(" / ",
                            Stream.concat(state.path("scope").valueStream(), Stream.of(state.path("name")))
                                .map(JsonNode::asString)
                                .toList())
                            + "|" + state.path("kind").asString()
                            + (state.path("temporary").asBoolean() ? ", temporary" : ""),
                    number(state.path("entries")),
                    (state.path("pages").asLong() == 0) ? "–" : number(state.path("pages")))));
        JsonNode last = checkpoints.path("recent").path(0);
        lines.add(List.of("version " + last.path("version") + " took", "gate " + time(last.path("gatePause")),
                "flush " + time(last.path("flush")), "commit " + time(last.path("commit"))));
        for (String log : List.of("record-log", "page-log")) {
            lines.add(
                    List.of(log, bytes(live(tiers.get(log))) + " of " + bytes(tiers.get(log).path("bytes")) + " live"));
        }
        lines.add(List.of("disk", bytes(disk.path("totalBytes").asLong() - disk.path("freeBytes").asLong()) + " of "
                + bytes(disk.path("totalBytes")) + " used"));
        return lines;
    }

    private static List<String> restorable(JsonNode checkpoint, JsonNode recent) {
        JsonNode version = checkpoint.path("version");
        String took = recent.valueStream()
            .filter((phases) -> phases.path("version").equals(version))
            .map((phases) -> time(
                    seconds(phases.path("gatePause")) + seconds(phases.path("flush")) + seconds(phases.path("commit"))))
            .findFirst()
            .orElse("–");
        long metadata = checkpoint.path("metadataBytes").asLong();
        return List.of(version.toString(),
                time(checkpoint.path("age")) + "|" + checkpoint.path("completedAt").asString(), took,
                bytes(checkpoint.path("sizeBytes")) + ((metadata > 0) ? "|" + bytes(metadata) + " metadata" : ""));
    }

    private static long live(JsonNode log) {
        return Math.min(log.path("liveBytes").asLong(), log.path("bytes").asLong());
    }

    private static String bytes(JsonNode count) {
        return bytes(count.asLong());
    }

    private static String bytes(long count) {
        int unit = (63 - Long.numberOfLeadingZeros(Math.max(count, 1))) / 10;
        return (unit == 0) ? count + " B"
                : rounded(count / Math.pow(1024, unit)) + " " + "KMGTP".charAt(unit - 1) + "iB";
    }

    private static double seconds(JsonNode duration) {
        return Duration.parse(duration.asString()).toNanos() / 1e9;
    }

    private static String time(JsonNode duration) {
        return time(seconds(duration));
    }

    private static String time(double seconds) {
        if (seconds >= 120) {
            return Math.round(seconds / 60) + " min";
        }
        return (seconds < 1) ? rounded(1000 * seconds) + " ms" : rounded(seconds) + " s";
    }

    private static String rounded(double value) {
        return new BigDecimal(value).setScale(1, RoundingMode.HALF_UP).toPlainString();
    }

    private static String number(JsonNode count) {
        return number(count.asLong());
    }

    private static String number(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        @Bean
        StateManagerOptionsCustomizer storages() {
            return (builder, store) -> {
                switch (store) {
                    case "sessions" -> builder.persistentStorage(sessions.storage());
                    case "archive" -> builder.persistentStorage(archive.storage());
                    default -> {
                    }
                }
            };
        }

    }

}
