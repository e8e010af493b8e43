package io.flowstate.spring.boot.json;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.serialization.Serializer;
import io.flowstate.serialization.SerializerInput;
import io.flowstate.serialization.SerializerOutput;
import io.flowstate.serialization.Serializers;
import io.flowstate.storage.StateException;
import io.flowstate.storage.Storage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DefaultTyping;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.jsontype.BasicPolymorphicTypeValidator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/** Tests what is stored as JSON, what comes back, and what is refused. */
class JsonSerializersTests {

    private final JsonSerializers json = new JsonSerializers(new JsonMapper());

    private static <T> String write(Serializer<T> serializer, T value) {
        SerializerOutput output = new SerializerOutput(0);
        serializer.write(value, output);
        return new String(output.toByteArray(), StandardCharsets.UTF_8);
    }

    private static <T> T read(Serializer<T> serializer, String json) {
        return read(serializer, json.getBytes(StandardCharsets.UTF_8));
    }

    private static <T> T read(Serializer<T> serializer, byte[] bytes) {
        return serializer.read(new SerializerInput(bytes, 0, bytes.length));
    }

    @Test
    void aRecordIsKeptWithItsPropertiesInOrder() {
        Serializer<Total> totals = this.json.of("total", Total.class);
        Total total = new Total("zoë", new BigDecimal("1.50"), Instant.EPOCH);

        assertThat(totals.name()).isEqualTo("total");
        assertThat(write(totals, total))
            .isEqualTo("{\"amount\":1.50,\"customer\":\"zoë\",\"since\":\"1970-01-01T00:00:00Z\"}");
        assertThat(read(totals, write(totals, total))).isEqualTo(total);
    }

    @Test
    void aBeanAndAGenericTypeAreKept() {
        Serializer<Bean> beans = this.json.of("bean", Bean.class);
        Serializer<Map<String, List<Total>>> maps = this.json.of("totals", new TypeReference<>() {
        });
        Bean bean = new Bean();
        bean.setCount(7);
        Map<String, List<Total>> map = Map.of("a", List.of(new Total("b", BigDecimal.ONE, Instant.EPOCH)));

        assertThat(read(beans, write(beans, bean)).getCount()).isEqualTo(7);
        assertThat(read(maps, write(maps, map))).isEqualTo(map);
    }

    @Test
    void valuesAreThereAfterARestart(@TempDir Path directory) {
        StateManagerOptions options = StateManagerOptions.builder()
            .persistentStorage(Storage.local(directory.resolve("log"), directory.resolve("checkpoints")))
            .build();
        Serializer<Total> totals = this.json.of("total", Total.class);
        Total total = new Total("a", BigDecimal.TEN, Instant.EPOCH);
        try (StateManager state = StateManager.open(options)) {
            state.scope("s").map("totals", Serializers.string(), totals).put("a", total);
            state.checkpoint();
        }

        try (StateManager state = StateManager.open(options)) {
            assertThat(state.scope("s").map("totals", Serializers.string(), totals).get("a")).isEqualTo(total);
        }
    }

    @Test
    void theMapperGivenIsCopiedAndItsIndentingIsNotTaken() {
        JsonMapper mapper = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

        assertThat(write(new JsonSerializers(mapper).of("bean", Bean.class), new Bean())).isEqualTo("{\"count\":0}");
        assertThat(mapper.isEnabled(SerializationFeature.INDENT_OUTPUT)).isTrue();
        assertThat(mapper.isEnabled(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)).isFalse();
    }

    @Test
    void jsonThatIsDamagedOrOfAnotherTypeIsAnErrorThatNamesTheSerializerAndShowsNoData() {
        Serializer<Total> totals = this.json.of("total", Total.class);

        for (String bad : List.of("", "null", "7", "\"secret\"", "{\"customer\":\"secret", "{\"amount\":\"secret\"}",
                "{\"secret\":1}", "{\"customer\":{\"secret\":1}}", "{} {}", "{\"since\":\"secret\"}")) {
            assertThatExceptionOfType(StateException.class).as(bad)
                .isThrownBy(() -> read(totals, bad))
                .withMessageContaining("serializer total expected the JSON of")
                .withMessageContaining(bad.length() + " bytes")
                .withMessageNotContaining("secret")
                .withNoCause();
        }
    }

    @Test
    void whatARecordRefusesIsAnErrorOfTheState() {
        assertThatExceptionOfType(StateException.class)
            .isThrownBy(() -> read(this.json.of("positive", Positive.class), "{\"number\":-12345}"))
            .withMessageContaining("ValueInstantiationException")
            .withMessageNotContaining("12345");
    }

    @Test
    void foreignBytesAreValuesOrErrorsOfTheState() {
        Serializer<Total> totals = this.json.of("total", Total.class);
        byte[] whole = write(totals, new Total("a", BigDecimal.ONE, Instant.EPOCH)).getBytes(StandardCharsets.UTF_8);
        long seed = Long.getLong("flowstate.seed", System.nanoTime());
        System.out.println("-Dflowstate.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        int refused = 0;

        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = whole.clone();
            for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            try {
                assertThat(read(totals, bytes)).isNotNull();
            }
            catch (StateException ex) {
                refused++;
            }
        }

        assertThat(refused).isPositive();
    }

    @Test
    void deeplyNestedJsonIsNoStackOverflow() {
        assertThatExceptionOfType(StateException.class)
            .isThrownBy(() -> read(this.json.of("any", Object.class), "[".repeat(1_000_000)))
            .withMessageContaining("serializer any");
    }

    @Test
    void aPropertyThatWasAddedIsNullInOlderValues() {
        assertThat(read(this.json.of("total", Total.class), "{\"customer\":\"a\"}"))
            .isEqualTo(new Total("a", null, null));
    }

    @Test
    void aValueThatCannotBeWrittenIsTheCallersError() {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> write(this.json.of("failing", Failing.class), new Failing()))
            .withMessageContaining("serializer failing cannot write");
    }

    @Test
    void namesInTheJsonChooseAmongTheTypesThatAreListed() {
        Serializer<Shape> shapes = this.json.of("shape", Shape.class);

        assertThat(write(shapes, new Circle(2))).isEqualTo("{\"kind\":\"circle\",\"radius\":2}");
        assertThat(read(shapes, "{\"kind\":\"circle\",\"radius\":2}")).isEqualTo(new Circle(2));
        assertThatExceptionOfType(StateException.class)
            .isThrownBy(() -> read(shapes, "{\"kind\":\"java.io.File\",\"radius\":2}"));
    }

    @Test
    void aTypeThatPutsClassNamesIntoItsJsonIsRefused() {
        for (Class<?> type : List.of(ByClassName.class, HasByClassName.class)) {
            assertThatIllegalArgumentException().isThrownBy(() -> this.json.of("by-class", type))
                .withMessageContaining("serializer by-class cannot read " + type.getName());
        }
    }

    @Test
    void theDefaultTypingOfTheMapperIsNotTaken() {
        JsonMapper mapper = JsonMapper.builder()
            .activateDefaultTyping(BasicPolymorphicTypeValidator.builder().allowIfBaseType(Object.class).build(),
                    DefaultTyping.NON_FINAL)
            .build();
        Serializer<Object> any = new JsonSerializers(mapper).of("any", Object.class);

        assertThat(write(any, new Bean())).isEqualTo("{\"count\":0}");
        assertThat(read(any, "[\"" + Bean.class.getName() + "\",{\"count\":0}]")).isInstanceOf(List.class);
    }

    @Test
    void aNameHasOneTo200Characters() {
        assertThatIllegalArgumentException().isThrownBy(() -> this.json.of("", Bean.class));
        assertThatIllegalArgumentException().isThrownBy(() -> this.json.of("x".repeat(201), Bean.class))
            .withMessageContaining("1 to 200 characters, but had 201");
        assertThat(this.json.of("x".repeat(200), Bean.class).name()).hasSize(200);
    }

    record Total(String customer, @Nullable BigDecimal amount, @Nullable Instant since) {
    }

    record Positive(int number) {

        Positive {
            if (number < 0) {
                throw new IllegalArgumentException("expected a positive number, but was " + number);
            }
        }

    }

    record Circle(int radius) implements Shape {
    }

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    @JsonSubTypes(@JsonSubTypes.Type(value = Circle.class, name = "circle"))
    interface Shape {

    }

    @JsonTypeInfo(use = JsonTypeInfo.Id.CLASS)
    interface ByClassName {

    }

    record HasByClassName(List<ByClassName> values) {
    }

    static class Bean {

        private int count;

        public int getCount() {
            return this.count;
        }

        public void setCount(int count) {
            this.count = count;
        }

    }

    static class Failing {

        public String getText() {
            throw new IllegalStateException("no text");
        }

    }

}
