package io.flowstate.serialization;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.function.Function;

/**
 * A built-in serializer with the order that its bytes are to keep, and a source of values
 * that has the extremes, and equal and nearly equal ones, more often than chance would.
 *
 * @param <T> the type of the values
 * @param serializer the serializer
 * @param order the order, in which values that are one key are equal
 * @param source the values
 */
record Sample<T>(Serializer<T> serializer, Comparator<T> order, Function<SplittableRandom, T> source) {

    private static final List<String> TEXTS = List.of("\u0000", "\u0001", "\u0002", "a", "b", "\u007f", "\u0080", "é",
            "\u07ff", "\u0800", "\ud7ff", "\ue000", "\ufffd", "\uffff", "\ud800\udc00", "😀", "\udbff\udfff");

    static List<Sample<?>> all() {
        Comparator<String> byCodePoint = Comparator.comparing((text) -> text.codePoints().toArray(), Arrays::compare);
        Sample<String> text = new Sample<>(Serializers.string(), byCodePoint, Sample::text);
        Sample<byte[]> bytes = new Sample<>(Serializers.bytes(), Arrays::compareUnsigned, Sample::bytes);
        Sample<Boolean> bool = new Sample<>(Serializers.bool(), Comparator.naturalOrder(),
                SplittableRandom::nextBoolean);
        Sample<Integer> int32 = new Sample<>(Serializers.int32(), Comparator.naturalOrder(),
                (random) -> (int) number(random));
        Sample<Long> int64 = new Sample<>(Serializers.int64(), Comparator.naturalOrder(), Sample::number);
        Sample<Double> float64 = new Sample<>(Serializers.float64(), Double::compare, Sample::float64);
        Sample<BigDecimal> decimal = new Sample<>(Serializers.bigDecimal(), Comparator.naturalOrder(), Sample::decimal);
        Sample<UUID> uuid = new Sample<>(Serializers.uuid(), Comparator.comparing(UUID::toString),
                (random) -> new UUID(number(random), number(random)));
        Sample<Instant> instant = new Sample<>(Serializers.instant(), Comparator.naturalOrder(), Sample::instant);
        Sample<LocalDate> date = new Sample<>(Serializers.localDate(), Comparator.naturalOrder(), Sample::date);
        Sample<Duration> duration = new Sample<>(Serializers.duration(), Comparator.naturalOrder(),
                (random) -> Duration.ofSeconds(number(random), nanos(random)));
        Sample<Color> color = new Sample<>(Serializers.enumeration(Color.class), Comparator.comparing(Color::name),
                (random) -> Color.values()[random.nextInt(Color.values().length)]);
        return List.of(text, bytes, bool, int32, int64, float64, decimal, uuid, instant, date, duration, color,
                pair(text, text), pair(int64, decimal), pair(decimal, bytes), pair(color, instant), list(text),
                list(int32), list(bytes), list(list(text)), list(pair(text, date)), pair(list(text), list(decimal)),
                pair(pair(text, uuid), bool), pair(pair(int32, bool), text), pair(pair(pair(bytes, text), text), text),
                three(bytes, int64, text), three(pair(int32, duration), list(float64), bytes),
                four(text, int32, decimal, bytes), four(list(list(bytes)), color, bool, list(text)));
    }

    private static <A, B> Sample<Pair<A, B>> pair(Sample<A> first, Sample<B> second) {
        return new Sample<>(Serializers.pair(first.serializer, second.serializer),
                Comparator.<Pair<A, B>, A>comparing(Pair::first, first.order).thenComparing(Pair::second, second.order),
                (random) -> Pair.of(first.source.apply(random), second.source.apply(random)));
    }

    private static <A, B, C> Sample<Three<A, B, C>> three(Sample<A> first, Sample<B> second, Sample<C> third) {
        return new Sample<>(
                Serializers.composite(first.serializer, Three::a, second.serializer, Three::b, third.serializer,
                        Three::c, Three::new),
                Comparator.<Three<A, B, C>, A>comparing(Three::a, first.order)
                    .thenComparing(Three::b, second.order)
                    .thenComparing(Three::c, third.order),
                (random) -> new Three<>(first.source.apply(random), second.source.apply(random),
                        third.source.apply(random)));
    }

    private static <A, B, C, D> Sample<Four<A, B, C, D>> four(Sample<A> first, Sample<B> second, Sample<C> third,
            Sample<D> fourth) {
        return new Sample<>(
                Serializers.composite(first.serializer, Four::a, second.serializer, Four::b, third.serializer, Four::c,
                        fourth.serializer, Four::d, Four::new),
                Comparator.<Four<A, B, C, D>, A>comparing(Four::a, first.order)
                    .thenComparing(Four::b, second.order)
                    .thenComparing(Four::c, third.order)
                    .thenComparing(Four::d, fourth.order),
                (random) -> new Four<>(first.source.apply(random), second.source.apply(random),
                        third.source.apply(random), fourth.source.apply(random)));
    }

    private static <E> Sample<List<E>> list(Sample<E> element) {
        return new Sample<>(Serializers.listOf(element.serializer), (left, right) -> {
            for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
                int order = element.order.compare(left.get(i), right.get(i));
                if (order != 0) {
                    return order;
                }
            }
            return Integer.compare(left.size(), right.size());
        }, (random) -> {
            List<E> elements = new ArrayList<>();
            for (int i = random.nextInt(4); i > 0; i--) {
                elements.add(element.source.apply(random));
            }
            return elements;
        });
    }

    private static String text(SplittableRandom random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(4); i > 0; i--) {
            text.append(oneOf(random, TEXTS));
        }
        return text.toString();
    }

    private static byte[] bytes(SplittableRandom random) {
        byte[] bytes = new byte[random.nextInt(4)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = oneOf(random, List.of(0, 1, 2, 3, 0x7f, -128, -2, -1)).byteValue();
        }
        return bytes;
    }

    private static long number(SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextLong();
            case 1 -> random.nextInt();
            case 2 -> oneOf(random, List.of(Long.MIN_VALUE, Long.MAX_VALUE, (long) Integer.MIN_VALUE,
                    (long) Integer.MAX_VALUE, 256L, -256L));
            default -> random.nextInt(-2, 3);
        };
    }

    private static double float64(SplittableRandom random) {
        return switch (random.nextInt(3)) {
            case 0 -> Double.longBitsToDouble(random.nextLong());
            case 1 -> oneOf(random,
                    List.of(-0.0, 0.0, Double.NaN, Double.longBitsToDouble(-1), Double.NEGATIVE_INFINITY,
                            Double.POSITIVE_INFINITY, Double.MIN_VALUE, -Double.MIN_VALUE, Double.MAX_VALUE,
                            -Double.MAX_VALUE, Double.MIN_NORMAL));
            default -> number(random);
        };
    }

    private static BigDecimal decimal(SplittableRandom random) {
        BigInteger unscaled = (random.nextInt(3) == 0) ? new BigInteger(random.nextInt(1, 40) + "").pow(20)
                : BigInteger.valueOf(number(random) % (random.nextBoolean() ? 130 : Long.MAX_VALUE));
        unscaled = random.nextBoolean() ? unscaled : unscaled.negate();
        BigDecimal value = new BigDecimal(unscaled, random.nextInt(-3, 4));
        int most = Integer.MAX_VALUE - 100;
        return switch (random.nextInt(4)) {
            case 0 -> value.setScale(random.nextInt(4, 8));
            case 1 -> value.scaleByPowerOfTen(oneOf(random, List.of(30, -30, 33, -33, 1000, -1000, most, -most)));
            default -> value;
        };
    }

    private static Instant instant(SplittableRandom random) {
        long seconds = switch (random.nextInt(3)) {
            case 0 -> random.nextLong(Instant.MIN.getEpochSecond(), Instant.MAX.getEpochSecond() + 1);
            case 1 -> oneOf(random, List.of(Instant.MIN.getEpochSecond(), Instant.MAX.getEpochSecond()));
            default -> random.nextInt(-2, 3);
        };
        return Instant.ofEpochSecond(seconds, nanos(random));
    }

    private static int nanos(SplittableRandom random) {
        return random.nextBoolean() ? random.nextInt(1_000_000_000) : oneOf(random, List.of(0, 1, 255, 999_999_999));
    }

    private static LocalDate date(SplittableRandom random) {
        return switch (random.nextInt(3)) {
            case 0 -> LocalDate.ofEpochDay(random.nextLong(LocalDate.MIN.toEpochDay(), LocalDate.MAX.toEpochDay() + 1));
            case 1 -> oneOf(random, List.of(LocalDate.MIN, LocalDate.MAX, LocalDate.of(0, 2, 29)));
            default -> LocalDate.ofEpochDay(random.nextInt(-2, 3));
        };
    }

    private static <E> E oneOf(SplittableRandom random, List<E> values) {
        return values.get(random.nextInt(values.size()));
    }

    T next(SplittableRandom random) {
        return this.source.apply(random);
    }

    byte[] bytes(T value) {
        SerializerOutput output = new SerializerOutput(0);
        this.serializer.write(value, output);
        return output.toByteArray();
    }

    T read(byte[] bytes) {
        return this.serializer.read(new SerializerInput(bytes, 0, bytes.length));
    }

    @Override
    public String toString() {
        return this.serializer.name();
    }

    /** Declared in another order than that of their names. */
    enum Color {

        RED, GREEN, BLUE, GREENISH

    }

    private record Three<A, B, C>(A a, B b, C c) {
    }

    private record Four<A, B, C, D>(A a, B b, C c, D d) {
    }

}
