package io.flowstate.spring.boot.autoconfigure;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.flowstate.StateManager;
import io.flowstate.StateManagerStats;
import io.flowstate.StateSummary;
import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogDeviceFactory;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.config.NamingConvention;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.io.FileSystemResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds docs/operations.md, the dashboard and the alert rules against the meters and the
 * endpoint that exist.
 */
class OperationsDocumentTests {

    private static final Path DOCS = Path.of(System.getProperty("basedir"), "docs");

    @TempDir
    private Path directory;

    @Test
    void eachMeterIsDocumentedAndEachDocumentedMeterExists() throws IOException {
        Set<String> documented = new TreeSet<>();
        for (String row : rows("Meters")) {
            documented.addAll(names(row.split("\\|", 3)[1]));
        }

        assertThat(documented).containsExactlyInAnyOrderElementsOf(meters().stream()
            .map((meter) -> meter.getId().getName())
            .collect(Collectors.toCollection(TreeSet::new)));
    }

    @Test
    void theValuesOfTagsAreDocumented() throws IOException {
        Map<String, String> rows = new TreeMap<>();
        for (String row : rows("Meters")) {
            names(row.split("\\|", 3)[1]).forEach((name) -> rows.put(name, row));
        }
        for (Meter meter : meters()) {
            meter.getId()
                .getTags()
                .stream()
                .filter((tag) -> !List.of("store", "error", "kind", "cache", "name").contains(tag.getKey()))
                .forEach((tag) -> assertThat(rows.get(meter.getId().getName())).as(meter.getId().toString())
                    .contains("`" + tag.getKey() + "`")
                    .contains("`" + tag.getValue() + "`"));
        }
    }

    @Test
    void theDashboardAsksForMetersThatExistAndForEachKindOfThem() throws IOException {
        JsonNode dashboard = new JsonMapper().readTree(DOCS.resolve("grafana-dashboard.json"));
        Set<String> asked = new TreeSet<>();
        for (JsonNode panel : dashboard.path("panels")) {
            assertThat(panel.path("title").asString("")).isNotEmpty();
            for (JsonNode target : panel.path("targets")) {
                asked.addAll(prometheusNames(target.path("expr").asString()));
            }
        }

        assertThat(asked).hasSizeGreaterThan(20);
        assertThat(exported()).containsAll(asked);
    }

    @Test
    void theAlertsAskForMetersThatExist() throws IOException {
        List<String> expressions = new YamlPropertySourceLoader()
            .load("rules", new FileSystemResource(DOCS.resolve("prometheus-rules.yml")))
            .stream()
            .flatMap((source) -> {
                EnumerablePropertySource<?> rules = (EnumerablePropertySource<?>) source;
                return Arrays.stream(rules.getPropertyNames())
                    .filter((name) -> name.endsWith(".expr"))
                    .map((name) -> String.valueOf(rules.getProperty(name)));
            })
            .toList();

        assertThat(expressions).hasSizeGreaterThan(5);
        expressions.forEach((expression) -> {
            assertThat(prometheusNames(expression)).as(expression).isNotEmpty();
            assertThat(exported()).containsAll(prometheusNames(expression));
        });
    }

    @Test
    void eachFieldOfTheEndpointIsDocumentedAndEachDocumentedFieldExists() throws IOException {
        Set<String> documented = new TreeSet<>();
        for (String row : rows("Endpoint")) {
            documented.addAll(names(row));
        }
        Set<String> fields = Stream
            .of(StoreDescription.class, StoreDescription.RecoveryDescription.class, StoreDescription.Tier.class,
                    StoreDescription.CheckpointDescription.class, StoreDescription.CheckpointsDescription.class,
                    StoreDescription.PhasesDescription.class, DiskSpace.Room.class, StateSummary.class,
                    StateManagerStats.Log.class)
            .flatMap((type) -> Arrays.stream(type.getRecordComponents()))
            .map(RecordComponent::getName)
            .collect(Collectors.toCollection(TreeSet::new));
        Set<String> values = Set.of("record-memory", "record-log", "page-cache", "modified-page-file", "page-log",
                "restore");

        assertThat(documented.stream().filter((name) -> !values.contains(name)))
            .containsExactlyInAnyOrderElementsOf(fields);
        assertThat(documented).containsAll(values);
    }

    @Test
    void eachDetailOfHealthIsDocumented() throws IOException {
        String source = Files.readString(Path.of(System.getProperty("basedir"),
                "src/main/java/io/flowstate/spring/boot/autoconfigure/FlowStateHealthIndicator.java"));
        Set<String> shown = new TreeSet<>();
        Matcher details = Pattern.compile("(?:withDetail\\(|add\\w+\\(builder, )\"(\\w+)\"").matcher(source);
        while (details.find()) {
            shown.add(details.group(1));
        }
        Set<String> documented = new TreeSet<>();
        for (String row : rows("Health")) {
            if (row.startsWith("| `")) {
                documented.addAll(names(row.split("\\|", 3)[1]));
            }
        }

        assertThat(shown).hasSizeGreaterThan(10);
        assertThat(documented).containsExactlyInAnyOrderElementsOf(shown);
    }

    private static List<String> rows(String section) throws IOException {
        String text = Files.readString(DOCS.resolve("operations.md"));
        String from = text.substring(text.indexOf("## " + section));
        int end = from.indexOf("\n## ");
        return ((end < 0) ? from : from.substring(0, end)).lines()
            .filter((line) -> line.startsWith("| `") || line.startsWith("| up") || line.startsWith("| down"))
            .toList();
    }

    private static Set<String> names(String text) {
        Set<String> names = new TreeSet<>();
        Matcher matcher = Pattern.compile("`([\\w.-]+)`").matcher(text);
        while (matcher.find()) {
            names.add(matcher.group(1));
        }
        return names;
    }

    private static Set<String> prometheusNames(String expression) {
        Set<String> names = new TreeSet<>();
        Matcher matcher = Pattern.compile("\\bflowstate_\\w+").matcher(expression);
        while (matcher.find()) {
            names.add(matcher.group());
        }
        return names;
    }

    /** The names that Prometheus meets: of units, counters and the parts of timers. */
    private Set<String> exported() {
        Set<String> names = new TreeSet<>();
        for (Meter meter : meters()) {
            String name = NamingConvention.snakeCase.name(meter.getId().getName(), meter.getId().getType(), null);
            String unit = meter.getId().getBaseUnit();
            if (meter.getId().getType() == Meter.Type.TIMER) {
                unit = "seconds";
            }
            String full = (unit != null && !name.endsWith(unit)) ? name + "_" + unit : name;
            switch (meter.getId().getType()) {
                case COUNTER -> names.add(full + "_total");
                case TIMER, DISTRIBUTION_SUMMARY ->
                    names.addAll(List.of(full + "_sum", full + "_count", full + "_max"));
                default -> names.add(full);
            }
        }
        return names;
    }

    private List<Meter> meters() {
        MeterRegistry registry = new SimpleMeterRegistry();
        ObservationRegistry observations = ObservationRegistry.create();
        observations.observationConfig().observationHandler(new DefaultMeterObservationHandler(registry));
        new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(FlowStateAutoConfiguration.class,
                    FlowStateMetricsAutoConfiguration.class, FlowStateObservationAutoConfiguration.class))
            .withPropertyValues("flowstate.storage=temporary", "flowstate.temporary-dir=" + this.directory)
            .withBean(MeterRegistry.class, () -> registry)
            .withBean(ObservationRegistry.class, () -> observations)
            .withBean(LogDeviceFactory.class, () -> this::openWithRequests)
            .run((context) -> {
                context.getBean(FlowStateMetrics.class).bindTo(registry);
                context.getBean(StateManager.class).checkpoint();
            });
        return registry.getMeters().stream().filter((meter) -> !meter.getId().getName().endsWith(".active")).toList();
    }

    /** A device whose users pay for requests. */
    private LogDevice openWithRequests(String owner) {
        LogDevice device = LogDeviceFactory.temporary(this.directory).open(owner);
        return (LogDevice) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] { LogDevice.class },
                (proxy, method, arguments) -> {
                    if (method.getName().equals("requests")) {
                        return Map.of("put", 1L);
                    }
                    try {
                        return method.invoke(device, arguments);
                    }
                    catch (InvocationTargetException ex) {
                        throw ex.getTargetException();
                    }
                });
    }

}
