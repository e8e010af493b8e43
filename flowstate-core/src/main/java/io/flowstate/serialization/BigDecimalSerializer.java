package io.flowstate.serialization;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * Decimal numbers without their trailing zeros, in the order of
 * {@link BigDecimal#compareTo}. A number other than zero is 0.d1d2d3... times ten to the
 * power of an exponent, where d1 and the last digit are not 0.
 *
 * <pre>
 *   zero        80
 *   positive    A0 to DF: 192 + exponent, from -32 to 31
 *                   or 9F: below, the exponent follows (8, as in int64)
 *                   or E0: above, the exponent follows (8, as in int64)
 *               1 + the number that two digits make (1 each), an odd last digit with a 0
 *   negative    the bytes of the positive number, then 00; all of them inverted
 * </pre>
 *
 * Digits that end sooner make the number smaller: positive ones simply end, and what ends
 * negative ones is, inverted, more than any two digits.
 */
final class BigDecimalSerializer implements Serializer<BigDecimal> {

    /** What bounds the time that damaged bytes may take: reading is quadratic. */
    static final int MAX_DIGITS = 100_000;

    private static final int ZERO = 0x80;

    private static final int BELOW_SHORT = 0x9F;

    private static final int ABOVE_SHORT = 0xE0;

    private static final int SHORT_BIAS = 0xC0;

    private static final int MIN_SHORT_EXPONENT = -32;

    private static final int MAX_SHORT_EXPONENT = 31;

    @Override
    public String name() {
        return "big-decimal";
    }

    @Override
    public void write(BigDecimal value, SerializerOutput output) {
        if (value.signum() == 0) {
            output.writeByte(ZERO);
            return;
        }
        String digits = value.unscaledValue().abs().toString();
        int count = digits.length();
        while (digits.charAt(count - 1) == '0') {
            count--;
        }
        long exponent = (long) digits.length() - value.scale();
        if (count > MAX_DIGITS || count - exponent < Integer.MIN_VALUE) {
            throw new IllegalArgumentException("a decimal number must have at most " + MAX_DIGITS
                    + " digits and a scale that is an int without its trailing zeros, but had " + count
                    + " digits and the scale " + (count - exponent));
        }
        int inverted = (value.signum() < 0) ? 0xFF : 0;
        writeExponent(exponent, inverted, output);
        for (int i = 0; i < count; i += 2) {
            int tens = digits.charAt(i) - '0';
            int ones = (i + 1 < count) ? digits.charAt(i + 1) - '0' : 0;
            output.writeByte((1 + 10 * tens + ones) ^ inverted);
        }
        if (inverted != 0) {
            output.writeByte(inverted);
        }
    }

    private static void writeExponent(long exponent, int inverted, SerializerOutput output) {
        if (isShort(exponent)) {
            output.writeByte((int) (SHORT_BIAS + exponent) ^ inverted);
            return;
        }
        output.writeByte(((exponent < 0) ? BELOW_SHORT : ABOVE_SHORT) ^ inverted);
        long ordered = exponent ^ Long.MIN_VALUE;
        output.writeLong((inverted != 0) ? ~ordered : ordered);
    }

    private static boolean isShort(long exponent) {
        return exponent >= MIN_SHORT_EXPONENT && exponent <= MAX_SHORT_EXPONENT;
    }

    @Override
    public BigDecimal read(SerializerInput input) {
        int first = input.readByte() & 0xFF;
        if (first == ZERO) {
            ReadErrors.checkEmpty(input, name());
            return BigDecimal.ZERO;
        }
        int inverted = (first < ZERO) ? 0xFF : 0;
        long exponent = readExponent(first ^ inverted, inverted, input);
        String digits = readDigits(inverted, input);
        // The exponent comes from the bytes and may be anything; the scale must not
        // overflow.
        long scale = digits.length() - Math.max(exponent, Long.MIN_VALUE / 2);
        if (scale != (int) scale) {
            throw ReadErrors.unexpected(name(), "an exponent that a BigDecimal can hold", "one that is out of range");
        }
        BigInteger unscaled = new BigInteger(digits);
        return new BigDecimal((inverted != 0) ? unscaled.negate() : unscaled, (int) scale);
    }

    private long readExponent(int first, int inverted, SerializerInput input) {
        if (first > BELOW_SHORT && first < ABOVE_SHORT) {
            return (long) first - SHORT_BIAS;
        }
        if (first != BELOW_SHORT && first != ABOVE_SHORT) {
            throw ReadErrors.unexpected(name(), "a first byte from 1F to 60, 80, or from 9F to E0",
                    Integer.toHexString(first ^ inverted));
        }
        long ordered = input.readLong();
        long exponent = ((inverted != 0) ? ~ordered : ordered) ^ Long.MIN_VALUE;
        boolean fits = (first == BELOW_SHORT) ? exponent < MIN_SHORT_EXPONENT : exponent > MAX_SHORT_EXPONENT;
        if (!fits) {
            throw ReadErrors.unexpected(name(), "an exponent in its shortest form", "another");
        }
        return exponent;
    }

    private String readDigits(int inverted, SerializerInput input) {
        int pairs = input.remaining() - ((inverted != 0) ? 1 : 0);
        if (pairs <= 0 || pairs > (MAX_DIGITS + 1) / 2) {
            throw ReadErrors.unexpected(name(), "1 to " + MAX_DIGITS + " digits", pairs + " bytes of them");
        }
        StringBuilder digits = new StringBuilder(2 * pairs);
        for (int i = 0; i < pairs; i++) {
            int pair = ((input.readByte() ^ inverted) & 0xFF) - 1;
            if (pair < 0 || pair > 99) {
                throw ReadErrors.unexpected(name(), "two digits", "a byte that is none");
            }
            digits.append((char) ('0' + pair / 10)).append((char) ('0' + pair % 10));
        }
        if (inverted != 0 && (input.readByte() & 0xFF) != inverted) {
            throw ReadErrors.unexpected(name(), "the byte that ends a negative number", "another");
        }
        if (digits.charAt(digits.length() - 1) == '0') {
            digits.setLength(digits.length() - 1);
        }
        if (digits.charAt(0) == '0' || digits.charAt(digits.length() - 1) == '0') {
            throw ReadErrors.unexpected(name(), "digits without zeros around them", "such a zero");
        }
        return digits.toString();
    }

}
