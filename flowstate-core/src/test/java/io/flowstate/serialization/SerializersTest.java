package io.flowstate.serialization;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

import io.flowstate.storage.StateException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Tests names, bytes and refusals of the built-in serializers, one by one. */
class SerializersTest {

    private static final Serializer<OrderKey> ORDER_KEY = Serializers.composite(Serializers.string(),
            OrderKey::customer, Serializers.localDate(), OrderKey::day, Serializers.string(), OrderKey::item,
            OrderKey::new);

    private static <T> byte[] bytes(Serializer<T> serializer, T value) {
        SerializerOutput output = new SerializerOutput(0);
        serializer.write(value, output);
        return output.toByteArray();
    }

    private static <T> T read(Serializer<T> serializer, byte[] bytes) {
        return serializer.read(new SerializerInput(bytes, 0, bytes.length));
    }

    private static <T> T read(Serializer<T> serializer, String hex) {
        return read(serializer, HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    private static <T> Arguments golden(Serializer<T> serializer, String name, T value, String hex) {
        return Arguments.of(serializer, name, value, hex);
    }

    static List<Arguments> goldenBytes() {
        Serializer<Pair<Integer, String>> pair = Serializers.pair(Serializers.int32(), Serializers.string());
        return List.of(golden(Serializers.string(), "string", "aé€😀\u0000", "61 c3a9 e282ac f09f9880 00"),
                golden(Serializers.bytes(), "bytes", new byte[] { 0, -1 }, "00 ff"),
                golden(Serializers.bool(), "bool", true, "01"), golden(Serializers.int32(), "int32", -1, "7fffffff"),
                golden(Serializers.int64(), "int64", 1L, "8000000000000001"),
                golden(Serializers.float64(), "float64", -0.0, "7fffffffffffffff"),
                golden(Serializers.float64(), "float64", Double.NaN, "fff8000000000000"),
                golden(Serializers.bigDecimal(), "big-decimal", BigDecimal.ZERO, "80"),
                golden(Serializers.bigDecimal(), "big-decimal", new BigDecimal("3.14"), "c1 20 29"),
                golden(Serializers.bigDecimal(), "big-decimal", new BigDecimal("-3.14"), "3e df d6 ff"),
                golden(Serializers.bigDecimal(), "big-decimal", new BigDecimal("1E+99"), "e0 8000000000000064 0b"),
                golden(Serializers.bigDecimal(), "big-decimal", new BigDecimal("-1E-99"), "60 8000000000000061 f4 ff"),
                golden(Serializers.uuid(), "uuid", UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"),
                        "00112233445566778899aabbccddeeff"),
                golden(Serializers.instant(), "instant", Instant.ofEpochSecond(-1, 2), "7fffffffffffffff 00000002"),
                golden(Serializers.localDate(), "local-date", LocalDate.of(1970, 1, 2), "8000000000000001"),
                golden(Serializers.duration(), "duration", Duration.ofNanos(-1), "7fffffffffffffff 3b9ac9ff"),
                golden(Serializers.enumeration(Size.class), "enum(Size)", Size.XL, "584c"),
                golden(Serializers.enumeration("size", Size.class), "enum(size)", Size.S, "53"),
                golden(pair, "pair(int32,string)", Pair.of(1, "a\u0000"), "80000001 6100"),
                golden(Serializers.pair(Serializers.string(), Serializers.bool()), "pair(string,bool)",
                        Pair.of("\u0000a\u0001b", false), "0101 61 0102 62 00 00"),
                golden(Serializers.listOf(Serializers.string()), "list(string)", List.of("", "ab", "\u0000"),
                        "00 616200 010100"),
                golden(Serializers.listOf(pair), "list(pair(int32,string))", List.of(Pair.of(0, "a")),
                        "80010101010101 61 00"),
                golden(ORDER_KEY, "composite(string,local-date,string)",
                        new OrderKey("alice", LocalDate.of(1970, 1, 1), "x"), "616c69636500 8000000000000000 78"));
    }

    @ParameterizedTest
    @MethodSource("goldenBytes")
    <T> void nameAndBytesStayTheSame(Serializer<T> serializer, String name, T value, String hex) {
        byte[] expected = HexFormat.of().parseHex(hex.replace(" ", ""));

        assertThat(serializer.name()).isEqualTo(name);
        assertThat(bytes(serializer, value)).isEqualTo(expected);
        assertThat(read(serializer, expected)).isEqualTo(value);
    }

    @Test
    void doublesStandAsDoubleCompareHasThem() {
        List<Double> values = new ArrayList<>(List.of(Double.NaN, 0.0, -0.0, Double.POSITIVE_INFINITY, -1.5,
                Double.NEGATIVE_INFINITY, Double.MIN_VALUE, -Double.MIN_VALUE, Double.MAX_VALUE, -Double.MAX_VALUE));

        List<Double> byBytes = values.stream()
            .map((value) -> bytes(Serializers.float64(), value))
            .sorted(Arrays::compareUnsigned)
            .map((bytes) -> read(Serializers.float64(), bytes))
            .toList();

        Collections.sort(values);
        assertThat(byBytes).isEqualTo(values);
    }

    @Test
    void decimalsThatAreEqualInValueAreOneKeyAndComeBackStripped() {
        Serializer<BigDecimal> decimals = Serializers.bigDecimal();

        assertThat(bytes(decimals, new BigDecimal("1.00"))).isEqualTo(bytes(decimals, BigDecimal.ONE));
        assertThat(bytes(decimals, new BigDecimal("0E+9"))).isEqualTo(bytes(decimals, new BigDecimal("0.000")));
        assertThat(read(decimals, bytes(decimals, new BigDecimal("100")))).isEqualTo(new BigDecimal("1E+2"));
        assertThat(read(decimals, bytes(decimals, new BigDecimal("-0.50")))).isEqualTo(new BigDecimal("-0.5"));
    }

    @Test
    void decimalsTakeEveryScale() {
        Serializer<BigDecimal> decimals = Serializers.bigDecimal();
        for (int scale : new int[] { Integer.MIN_VALUE, Integer.MAX_VALUE }) {
            for (String unscaled : new String[] { "1", "-1", "123456789" }) {
                BigDecimal value = new BigDecimal(new BigInteger(unscaled), scale);

                assertThat(read(decimals, bytes(decimals, value))).isEqualTo(value);
            }
        }
    }

    @Test
    void decimalsTooLongOrTooLargeAreRefused() {
        Serializer<BigDecimal> decimals = Serializers.bigDecimal();
        BigDecimal longest = new BigDecimal("7".repeat(BigDecimalSerializer.MAX_DIGITS));

        assertThat(read(decimals, bytes(decimals, longest))).isEqualTo(longest);
        assertThatIllegalArgumentException().isThrownBy(() -> bytes(decimals, longest.add(longest.movePointLeft(1))))
            .withMessageContaining("at most 100000 digits");
        assertThatIllegalArgumentException()
            .isThrownBy(() -> bytes(decimals, new BigDecimal(BigInteger.TEN, Integer.MIN_VALUE)))
            .withMessageContaining("-2147483649");
        assertThatExceptionOfType(StateException.class).isThrownBy(() -> read(decimals, "c1" + "0b".repeat(50_001)));
        assertThatExceptionOfType(StateException.class).isThrownBy(() -> read(decimals, "e0 ffffffffffffffff 0b"));
        assertThatExceptionOfType(StateException.class).isThrownBy(() -> read(decimals, "9f 0000000000000000 0b"));
    }

    @Test
    void aUuidStandsWhereItsTextDoes() {
        UUID low = UUID.fromString("7fffffff-ffff-ffff-ffff-ffffffffffff");
        UUID high = UUID.fromString("80000000-0000-0000-0000-000000000000");

        assertThat(Arrays.compareUnsigned(bytes(Serializers.uuid(), low), bytes(Serializers.uuid(), high)))
            .isNegative();
        assertThat(low).isGreaterThan(high);
    }

    @Test
    void textThatIsNoUtf8IsRefusedAndTheReplacementCharacterIsNot() {
        Serializer<String> text = Serializers.string();

        assertThat(read(text, bytes(text, "a\ufffdb"))).isEqualTo("a\ufffdb");
        for (String hex : List.of("61ff", "c3", "c080", "eda080", "f4908080", "efbfbd80")) {
            assertThatExceptionOfType(StateException.class).isThrownBy(() -> read(text, hex))
                .withMessageContaining("not UTF-8");
        }
    }

    @Test
    void anUnpairedSurrogateIsRefusedAndLeavesNothing() {
        for (String unpaired : List.of("a\ud800", "\ud800b", "é\udc00\ud800", "\ud800\ud800\udc00")) {
            SerializerOutput output = new SerializerOutput(0);

            assertThatIllegalArgumentException().isThrownBy(() -> Serializers.string().write(unpaired, output))
                .withMessageContaining("unpaired surrogate");
            assertThat(output.length()).isZero();
        }
    }

    @Test
    void textOfEveryLengthIsWrittenAsTheJdkDoes() {
        for (String unit : List.of("a", "é", "€", "😀", "aé€😀")) {
            for (int count = 0; count < 70; count++) {
                String text = "x".repeat(count % 7) + unit.repeat(count);

                assertThat(bytes(Serializers.string(), text)).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    @Test
    void aConstantThatIsGoneIsNamed() {
        assertThatExceptionOfType(StateException.class)
            .isThrownBy(() -> read(Serializers.enumeration(Size.class), "XXL".getBytes(StandardCharsets.UTF_8)))
            .withMessageContaining("serializer enum(Size) found XXL, which is no constant of")
            .withMessageContaining("renamed or removed");
        assertThatExceptionOfType(StateException.class)
            .isThrownBy(() -> read(Serializers.enumeration(Size.class), "card 1234".getBytes(StandardCharsets.UTF_8)))
            .withMessageContaining("a text of 9 characters")
            .withMessageNotContaining("1234");
    }

    @Test
    void constantsWithBodiesAreOfTheirEnum() {
        Serializer<Size> sizes = Serializers.enumeration(Size.class);

        assertThat(read(sizes, bytes(sizes, Size.M))).isSameAs(Size.M);
    }

    @Test
    void firstPartsAreAPrefixOfTheKeysThatBeginWithThem() {
        byte[] prefix = bytes(Serializers.pair(Serializers.string(), Serializers.string()), Pair.of("ab", ""));

        assertThat(bytes(Serializers.pair(Serializers.string(), Serializers.string()), Pair.of("ab", "x")))
            .startsWith(prefix);
        for (String other : List.of("abc", "a", "ab\u0000", "ab\u0001")) {
            byte[] key = bytes(Serializers.pair(Serializers.string(), Serializers.string()), Pair.of(other, "x"));
            assertThat(Arrays.mismatch(prefix, key)).isLessThan(prefix.length);
        }
        byte[] list = bytes(Serializers.listOf(Serializers.string()), List.of("ab"));
        assertThat(bytes(Serializers.listOf(Serializers.string()), List.of("ab", "c"))).startsWith(list);
        assertThat(Arrays.mismatch(list, bytes(Serializers.listOf(Serializers.string()), List.of("abc")))).isEqualTo(2);
    }

    @Test
    void nullIsRefusedAnywhereInAValue() {
        List<String> list = new ArrayList<>();
        list.add(null);

        assertThatNullPointerException().isThrownBy(() -> bytes(Serializers.listOf(Serializers.string()), list));
        assertThatNullPointerException()
            .isThrownBy(() -> bytes(Serializers.composite(Serializers.string(), (value) -> nothing(),
                    Serializers.string(), (value) -> "", (first, second) -> ""), "x"))
            .withMessage("a part of a value of serializer composite(string,string) is null");
    }

    @SuppressWarnings("NullAway") // what a caller without NullAway may do
    private static String nothing() {
        return null;
    }

    @Test
    void aListThatWasReadCannotBeChanged() {
        List<Integer> list = read(Serializers.listOf(Serializers.int32()), "80000001");

        assertThat(list).containsExactly(1).isUnmodifiable();
    }

    @Test
    void partsThatTheConstructorRefusesAreAStateException() {
        Serializer<Range> ranges = Serializers.composite(Serializers.int32(), Range::from, Serializers.int32(),
                Range::to, Range::new);

        assertThat(read(ranges, bytes(ranges, new Range(1, 2)))).isEqualTo(new Range(1, 2));
        assertThatExceptionOfType(StateException.class).isThrownBy(() -> read(ranges, "80000002 80000001"))
            .withMessageContaining("composite(int32,int32)")
            .withCauseInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aSerializerOfTheUsersIsAPart() {
        Serializer<Pair<Range, String>> pairs = Serializers.pair(new RangeSerializer(), Serializers.string());
        Pair<Range, String> pair = Pair.of(new Range(0, 256), "x");

        assertThat(pairs.name()).isEqualTo("pair(range,string)");
        assertThat(read(pairs, bytes(pairs, pair))).isEqualTo(pair);
        assertThatExceptionOfType(StateException.class).isThrownBy(() -> read(pairs, "0202020200"))
            .withMessageContaining("asked for");
        assertThatExceptionOfType(StateException.class).isThrownBy(() -> read(pairs, "02020202020202020200"))
            .withMessage("serializer range found 1 bytes too many; was the value written with the same serializer?");
    }

    @Test
    void aPartThatClearsTheOutputIsRefused() {
        Serializer<String> clearing = new Serializer<>() {

            @Override
            public String name() {
                return "clearing";
            }

            @Override
            public void write(String value, SerializerOutput output) {
                output.clear();
            }

            @Override
            public String read(SerializerInput input) {
                return "";
            }

        };

        assertThatIllegalStateException()
            .isThrownBy(() -> bytes(Serializers.pair(Serializers.int32(), clearing), Pair.of(1, "a")))
            .withMessageContaining("clear");
    }

    @Test
    void aNameOfPartsThatIsTooLongIsRefused() {
        Serializer<Size> longest = Serializers.enumeration("x".repeat(194), Size.class);

        assertThat(longest.name()).hasSize(200);
        assertThatIllegalArgumentException().isThrownBy(() -> Serializers.listOf(longest))
            .withMessageContaining("200 characters")
            .withMessageContaining(longest.name());
        assertThatIllegalArgumentException().isThrownBy(() -> Serializers.enumeration("", Size.class));
    }

    private enum Size {

        S, M {
            @Override
            public String toString() {
                return "medium";
            }
        },
        XL

    }

    private record OrderKey(String customer, LocalDate day, String item) {
    }

    private record Range(int from, int to) {

        private Range {
            if (from > to) {
                throw new IllegalArgumentException("from must not be after to");
            }
        }

    }

    private static final class RangeSerializer implements Serializer<Range> {

        @Override
        public String name() {
            return "range";
        }

        @Override
        public void write(Range value, SerializerOutput output) {
            output.writeInt(value.from());
            output.writeInt(value.to());
        }

        @Override
        public Range read(SerializerInput input) {
            return new Range(input.readInt(), input.readInt());
        }

    }

}
