package io.flowstate.azure;

import java.util.Locale;
import java.util.SplittableRandom;

/**
 * How long the tests of this module run that kill and break, and from which seed:
 *
 * <pre>
 *   flowstate.torture.seed       the seed of all of them; a fresh one for each run if it is absent
 *   flowstate.torture.NAME       how many rounds the test NAME does
 * </pre>
 */
final class Torture {

    private static final String PREFIX = "flowstate.torture.";

    private Torture() {
    }

    /** The seed of a test, printed so that the run can be repeated. */
    static long seed(String test) {
        Long given = Long.getLong(PREFIX + "seed");
        long seed = (given != null) ? given : new SplittableRandom().nextLong();
        say(test, "seed %d (-D%sseed=%d)", seed, PREFIX, seed);
        return seed;
    }

    /** How often a test does what it does: {@code normal} if nothing else is said. */
    static int count(String name, int normal) {
        return Integer.getInteger(PREFIX + name, normal);
    }

    static void say(String test, String format, Object... values) {
        System.out.println("[torture] " + test + ": " + String.format(Locale.ROOT, format, values));
    }

    /** A random stream of its own for each seed and number. */
    static SplittableRandom random(long seed, long number) {
        return new SplittableRandom(new SplittableRandom(seed * 31 + number).nextLong());
    }

    /** Passes a little time without asking a clock, to scatter kills. */
    static void dawdle(int turns) {
        for (int turn = 0; turn < turns; turn++) {
            Thread.onSpinWait();
        }
    }

}
