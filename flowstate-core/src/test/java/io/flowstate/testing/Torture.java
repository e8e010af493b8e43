package io.flowstate.testing;

import java.util.Locale;
import java.util.SplittableRandom;

/**
 * How long the torture tests run and from which seed, as system properties say it.
 *
 * <pre>
 *   flowstate.torture.seed       the seed of all of them; a fresh one for each run if it is absent
 *   flowstate.torture.NAME       how many rounds, cuts or positions the test NAME does
 * </pre>
 */
public final class Torture {

    private static final String PREFIX = "flowstate.torture.";

    private Torture() {
    }

    /**
     * The seed of a test, printed so that the run can be repeated.
     * @param test the name of the test
     * @return the seed
     */
    public static long seed(String test) {
        Long given = Long.getLong(PREFIX + "seed");
        long seed = (given != null) ? given : new SplittableRandom().nextLong();
        say(test, "seed %d (-D%sseed=%d)", seed, PREFIX, seed);
        return seed;
    }

    /**
     * How often a test does what it does.
     * @param name the last part of the property
     * @param normal how often within the normal tests
     * @return the number
     */
    public static int count(String name, int normal) {
        return Integer.getInteger(PREFIX + name, normal);
    }

    /**
     * Prints a line in the name of a test.
     * @param test the name of the test
     * @param format as of {@link String#format}
     * @param values what is put into it
     */
    public static void say(String test, String format, Object... values) {
        System.out.println("[torture] " + test + ": " + String.format(Locale.ROOT, format, values));
    }

    /**
     * A random stream of its own for each seed and number; neighbours have nothing in
     * common.
     * @param seed the seed
     * @param number which of its streams
     * @return the stream
     */
    public static SplittableRandom random(long seed, long number) {
        return new SplittableRandom(mix(seed ^ mix(number + 0x5851F42D4C957F2DL)));
    }

    private static long mix(long value) {
        long mixed = (value ^ (value >>> 33)) * 0xFF51AFD7ED558CCDL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xC4CEB9FE1A85EC53L;
        return mixed ^ (mixed >>> 33);
    }

    /**
     * Passes a little time without asking a clock: from nothing to some milliseconds.
     * Only scatters kills over a span, nothing waits for anything with it.
     * @param turns how many turns
     */
    public static void dawdle(int turns) {
        for (int turn = 0; turn < turns; turn++) {
            Thread.onSpinWait();
        }
    }

}
