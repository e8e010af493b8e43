package io.flowstate.serialization;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Function;

import io.flowstate.serialization.CompositeSerializer.Component;
import io.flowstate.storage.StateException;

/**
 * The built-in serializers, for keys and for values. As keys they keep the natural order
 * of their type, but where the method says otherwise: the bytes, compared unsigned, stand
 * in the order of the values. Values that are equal have equal bytes.
 *
 * <p>
 * A key of several parts is made of a record:
 *
 * <pre>
 *   record OrderKey(String customer, Instant at) {
 *   }
 *
 *   Serializer&lt;OrderKey&gt; keys = Serializers.composite(
 *           Serializers.string(), OrderKey::customer,
 *           Serializers.instant(), OrderKey::at,
 *           OrderKey::new);
 * </pre>
 *
 * <p>
 * None of them writes null, neither as a value nor within one. At bytes that they never
 * wrote they throw {@link StateException}.
 */
public final class Serializers {

    private static final Serializer<String> STRING = new StringSerializer();

    private static final Serializer<byte[]> BYTES = new BytesSerializer();

    private static final Serializer<Boolean> BOOL = new NumberSerializers.Bool();

    private static final Serializer<Integer> INT32 = new NumberSerializers.Int32();

    private static final Serializer<Long> INT64 = new NumberSerializers.Int64();

    private static final Serializer<Double> FLOAT64 = new NumberSerializers.Float64();

    private static final Serializer<BigDecimal> BIG_DECIMAL = new BigDecimalSerializer();

    private static final Serializer<UUID> UUIDS = new UuidSerializer();

    private static final Serializer<Instant> INSTANT = new TimeSerializers.OfInstant();

    private static final Serializer<LocalDate> LOCAL_DATE = new TimeSerializers.OfLocalDate();

    private static final Serializer<Duration> DURATION = new TimeSerializers.OfDuration();

    private Serializers() {
    }

    /**
     * Text as UTF-8, ordered by code point. A text with an unpaired surrogate is refused
     * with {@link IllegalArgumentException}.
     * @return the serializer {@code string}
     */
    public static Serializer<String> string() {
        return STRING;
    }

    /**
     * Byte arrays as they are, ordered as unsigned bytes.
     * @return the serializer {@code bytes}
     */
    public static Serializer<byte[]> bytes() {
        return BYTES;
    }

    /**
     * Booleans in one byte, false before true.
     * @return the serializer {@code bool}
     */
    public static Serializer<Boolean> bool() {
        return BOOL;
    }

    /**
     * Integers in four bytes: big-endian with the sign bit flipped.
     * @return the serializer {@code int32}
     */
    public static Serializer<Integer> int32() {
        return INT32;
    }

    /**
     * Longs in eight bytes: big-endian with the sign bit flipped.
     * @return the serializer {@code int64}
     */
    public static Serializer<Long> int64() {
        return INT64;
    }

    /**
     * Doubles in eight bytes, ordered as {@link Double#compare} does: -0.0 before 0.0,
     * NaN (any) last.
     * @return the serializer {@code float64}
     */
    public static Serializer<Double> float64() {
        return FLOAT64;
    }

    /**
     * Decimal numbers, ordered as {@link BigDecimal#compareTo} does. Numbers that are
     * equal by it are one: 1.0 and 1.00 have the same bytes, and what is read has no
     * trailing zeros (1, and 1E+2 for 100), so set the scale where it matters. A byte for
     * two digits, and one more or nine. A number of more than 100,000 digits, or one that
     * is a multiple of ten to the power of 2147483649, is refused with
     * {@link IllegalArgumentException}.
     * @return the serializer {@code big-decimal}
     */
    public static Serializer<BigDecimal> bigDecimal() {
        return BIG_DECIMAL;
    }

    /**
     * UUIDs in sixteen bytes, ordered as their text is, and as RFC 9562 has it: those of
     * version 7 come in the order of their making. {@link UUID#compareTo} differs; it
     * takes the two halves for signed numbers, and so has 8... before 7....
     * @return the serializer {@code uuid}
     */
    public static Serializer<UUID> uuid() {
        return UUIDS;
    }

    /**
     * Instants in twelve bytes, to the nanosecond, from {@link Instant#MIN} to
     * {@link Instant#MAX}.
     * @return the serializer {@code instant}
     */
    public static Serializer<Instant> instant() {
        return INSTANT;
    }

    /**
     * Dates in eight bytes, from {@link LocalDate#MIN} to {@link LocalDate#MAX}.
     * @return the serializer {@code local-date}
     */
    public static Serializer<LocalDate> localDate() {
        return LOCAL_DATE;
    }

    /**
     * Durations in twelve bytes, to the nanosecond, negative ones first.
     * @return the serializer {@code duration}
     */
    public static Serializer<Duration> duration() {
        return DURATION;
    }

    /**
     * The constants of an enum by their names, ordered as the names are as text. The
     * order in which they are declared cannot be kept: a constant put in between would
     * move those that were stored. A constant that was renamed or removed is a
     * {@link StateException} when it is read.
     * @param <E> the enum
     * @param type its class; its simple name becomes part of the serializer's name, so
     * use {@link #enumeration(String, Class)} after it was renamed
     * @return the serializer {@code enum(}simple name{@code )}
     */
    public static <E extends Enum<E>> Serializer<E> enumeration(Class<E> type) {
        return new EnumSerializer<>(type.getSimpleName(), type);
    }

    /**
     * The constants of an enum as in {@link #enumeration(Class)}, under a name that stays
     * when the class is renamed.
     * @param <E> the enum
     * @param typeName stands for the class in the serializer's name
     * @param type the class
     * @return the serializer {@code enum(}type name{@code )}
     */
    public static <E extends Enum<E>> Serializer<E> enumeration(String typeName, Class<E> type) {
        return new EnumSerializer<>(typeName, type);
    }

    /**
     * Lists, ordered element by element, and a list before those that go on where it
     * ends. What is read cannot be changed.
     * @param <E> the type of the elements
     * @param element the serializer of the elements
     * @return the serializer {@code list(}element{@code )}
     */
    public static <E> Serializer<List<E>> listOf(Serializer<E> element) {
        return new ListSerializer<>(element);
    }

    /**
     * Pairs, ordered by the first and, where it is equal, by the second.
     * @param <A> the type of the first
     * @param <B> the type of the second
     * @param first the serializer of the first
     * @param second the serializer of the second
     * @return the serializer {@code pair(}first,second{@code )}
     */
    public static <A, B> Serializer<Pair<A, B>> pair(Serializer<A> first, Serializer<B> second) {
        return of2("pair", first, Pair::first, second, Pair::second, Pair::new);
    }

    /**
     * Values of two parts, ordered by the first and, where it is equal, by the second.
     * Parts are never null. For more than four parts, a part may be a composite itself.
     * The bytes of a value whose last part is the empty text, array or list are a prefix
     * of those of all values with the same parts before it, and of no others.
     * @param <T> the type of the values, a record as a rule
     * @param <A> the type of the first part
     * @param <B> the type of the second part
     * @param first the serializer of the first part
     * @param firstOf takes the first part from a value
     * @param second the serializer of the second part
     * @param secondOf takes the second part from a value
     * @param constructor makes a value of its parts
     * @return the serializer {@code composite(}first,second{@code )}
     */
    public static <T, A, B> Serializer<T> composite(Serializer<A> first, Function<? super T, ? extends A> firstOf,
            Serializer<B> second, Function<? super T, ? extends B> secondOf,
            BiFunction<? super A, ? super B, ? extends T> constructor) {
        return of2("composite", first, firstOf, second, secondOf, constructor);
    }

    private static <T, A, B> Serializer<T> of2(String kind, Serializer<A> first,
            Function<? super T, ? extends A> firstOf, Serializer<B> second, Function<? super T, ? extends B> secondOf,
            BiFunction<? super A, ? super B, ? extends T> constructor) {
        Objects.requireNonNull(constructor, "constructor");
        Component<T, A> a = new Component<>(KeyPart.inner(first), firstOf);
        Component<T, B> b = new Component<>(KeyPart.last(second), secondOf);
        return new CompositeSerializer<>(SerializerName.composed(kind, first, second), List.of(a, b),
                (input) -> constructor.apply(a.read(input), b.read(input)));
    }

    /**
     * Values of three parts, ordered by the first, then the second, then the third.
     * @param <T> the type of the values, a record as a rule
     * @param <A> the type of the first part
     * @param <B> the type of the second part
     * @param <C> the type of the third part
     * @param first the serializer of the first part
     * @param firstOf takes the first part from a value
     * @param second the serializer of the second part
     * @param secondOf takes the second part from a value
     * @param third the serializer of the third part
     * @param thirdOf takes the third part from a value
     * @param constructor makes a value of its parts
     * @return the serializer {@code composite(}first,second,third{@code )}
     */
    public static <T, A, B, C> Serializer<T> composite(Serializer<A> first, Function<? super T, ? extends A> firstOf,
            Serializer<B> second, Function<? super T, ? extends B> secondOf, Serializer<C> third,
            Function<? super T, ? extends C> thirdOf,
            Constructor3<? super A, ? super B, ? super C, ? extends T> constructor) {
        Objects.requireNonNull(constructor, "constructor");
        Component<T, A> a = new Component<>(KeyPart.inner(first), firstOf);
        Component<T, B> b = new Component<>(KeyPart.inner(second), secondOf);
        Component<T, C> c = new Component<>(KeyPart.last(third), thirdOf);
        return new CompositeSerializer<>(SerializerName.composed("composite", first, second, third), List.of(a, b, c),
                (input) -> constructor.create(a.read(input), b.read(input), c.read(input)));
    }

    /**
     * Values of four parts, ordered by the first, then the second, the third, the fourth.
     * @param <T> the type of the values, a record as a rule
     * @param <A> the type of the first part
     * @param <B> the type of the second part
     * @param <C> the type of the third part
     * @param <D> the type of the fourth part
     * @param first the serializer of the first part
     * @param firstOf takes the first part from a value
     * @param second the serializer of the second part
     * @param secondOf takes the second part from a value
     * @param third the serializer of the third part
     * @param thirdOf takes the third part from a value
     * @param fourth the serializer of the fourth part
     * @param fourthOf takes the fourth part from a value
     * @param constructor makes a value of its parts
     * @return the serializer {@code composite(}first,second,third,fourth{@code )}
     */
    public static <T, A, B, C, D> Serializer<T> composite(Serializer<A> first, Function<? super T, ? extends A> firstOf,
            Serializer<B> second, Function<? super T, ? extends B> secondOf, Serializer<C> third,
            Function<? super T, ? extends C> thirdOf, Serializer<D> fourth, Function<? super T, ? extends D> fourthOf,
            Constructor4<? super A, ? super B, ? super C, ? super D, ? extends T> constructor) {
        Objects.requireNonNull(constructor, "constructor");
        Component<T, A> a = new Component<>(KeyPart.inner(first), firstOf);
        Component<T, B> b = new Component<>(KeyPart.inner(second), secondOf);
        Component<T, C> c = new Component<>(KeyPart.inner(third), thirdOf);
        Component<T, D> d = new Component<>(KeyPart.last(fourth), fourthOf);
        return new CompositeSerializer<>(SerializerName.composed("composite", first, second, third, fourth),
                List.of(a, b, c, d),
                (input) -> constructor.create(a.read(input), b.read(input), c.read(input), d.read(input)));
    }

    /**
     * Makes a value of three parts.
     *
     * @param <A> the type of the first part
     * @param <B> the type of the second part
     * @param <C> the type of the third part
     * @param <T> the type of the values
     */
    @FunctionalInterface
    public interface Constructor3<A, B, C, T> {

        /**
         * Makes a value.
         * @param first the first part
         * @param second the second part
         * @param third the third part
         * @return the value, never null
         */
        T create(A first, B second, C third);

    }

    /**
     * Makes a value of four parts.
     *
     * @param <A> the type of the first part
     * @param <B> the type of the second part
     * @param <C> the type of the third part
     * @param <D> the type of the fourth part
     * @param <T> the type of the values
     */
    @FunctionalInterface
    public interface Constructor4<A, B, C, D, T> {

        /**
         * Makes a value.
         * @param first the first part
         * @param second the second part
         * @param third the third part
         * @param fourth the fourth part
         * @return the value, never null
         */
        T create(A first, B second, C third, D fourth);

    }

}
