package io.flowstate.torture;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

import io.flowstate.testing.Torture;

/**
 * An endless stream of operations that is a function of its seed alone: operation 17 is
 * the same for whoever asks, so that a store can go on where a checkpoint left off and a
 * model can follow.
 */
final class Workload {

    /** How many states come into being while the workload runs. */
    static final int LATE_STATES = 12;

    private static final int MOST_IN_A_UNIT = 6;

    private static final String[] STATES = { "blobs", "names", "numbers", "rates", "hits", "ids", "title", "picture",
            "sorted", "line", "events" };

    private static final String[] LETTERS = { "a", "e", "z", "Z", "0", "-", " ", "\u00e4", "\u00df", "\u20ac",
            "\ud83d\ude00" };

    private final long seed;

    private final int largestValue;

    private final int coldKeys;

    /**
     * Creates a workload.
     * @param seed what it is made of
     * @param largestValue the largest value in bytes; a few are as large
     * @param coldKeys how many keys a map can come to have
     */
    Workload(long seed, int largestValue, int coldKeys) {
        this.seed = seed;
        this.largestValue = largestValue;
        this.coldKeys = coldKeys;
    }

    Operation operation(long index) {
        SplittableRandom random = Torture.random(this.seed, index);
        boolean unit = random.nextInt(10) < 3;
        int count = (unit) ? 1 + random.nextInt(MOST_IN_A_UNIT) : 1;
        List<Change> changes = new ArrayList<>(count);
        for (int at = 0; at < count; at++) {
            changes.add(change(random, index, at));
        }
        return new Operation(unit, changes);
    }

    private Change change(SplittableRandom random, long index, int at) {
        if (random.nextInt(300) == 0) {
            return onWhole(random, index);
        }
        if (random.nextInt(3) == 0) {
            return onPages(random, index, at);
        }
        int dice = random.nextInt(100);
        if (dice < 40) {
            return onMap(random, "blobs", textKey(random), blob(random, size(random)));
        }
        if (dice < 55) {
            return onMap(random, "names", blobKey(random), text(random, size(random) / 8));
        }
        if (dice < 65) {
            return onMap(random, "numbers", keyNumber(random) - 20, random.nextLong());
        }
        if (dice < 70) {
            return onMap(random, "rates", (long) keyNumber(random) << 30, random.nextDouble());
        }
        if (dice < 80) {
            return onCounters(random, "hits", textKey(random), random.nextLong(1000) - 300);
        }
        if (dice < 90) {
            return onCounters(random, "ids", -(long) keyNumber(random), random.nextLong());
        }
        if (dice < 94) {
            return onValue(random, "title", text(random, size(random) / 8));
        }
        if (dice < 97) {
            return onValue(random, "picture", blob(random, size(random)));
        }
        return onMap(random, lateState(random, index), keyNumber(random), random.nextBoolean());
    }

    /** A change of a state that is made of pages. */
    private Change onPages(SplittableRandom random, long index, int at) {
        int dice = random.nextInt(100);
        if (dice < 2) {
            String from = sortedKey(random);
            return new Change(Change.Kind.REMOVE_RANGE, "sorted", from, from + (char) ('0' + random.nextInt(10)));
        }
        if (dice < 55) {
            return onMap(random, "sorted", sortedKey(random), blob(random, size(random)));
        }
        if (dice < 80) {
            return onQueue(random, blob(random, size(random)));
        }
        long now = index * MOST_IN_A_UNIT + at;
        return (dice < 98) ? new Change(Change.Kind.APPEND, "events", now, text(random, size(random) / 8))
                : new Change(Change.Kind.PRUNE, "events", random.nextLong(now + 1), "");
    }

    private static Change onQueue(SplittableRandom random, byte[] element) {
        int dice = random.nextInt(100);
        Change.Kind kind = (dice < 40) ? Change.Kind.ADD_LAST
                : (dice < 52) ? Change.Kind.ADD_FIRST : (dice < 90) ? Change.Kind.POLL_FIRST : Change.Kind.POLL_LAST;
        return new Change(kind, "line", "", element);
    }

    /** Clears or drops a state, which may not exist. */
    private static Change onWhole(SplittableRandom random, long index) {
        String state = random.nextBoolean() ? lateState(random, index) : STATES[random.nextInt(STATES.length)];
        return new Change(random.nextBoolean() ? Change.Kind.CLEAR : Change.Kind.DROP, state, "", "");
    }

    private static String lateState(SplittableRandom random, long index) {
        return "late-" + random.nextInt((int) Math.min(LATE_STATES, 1 + index / 200));
    }

    private static Change onMap(SplittableRandom random, String state, Object key, Object value) {
        int dice = random.nextInt(20);
        Change.Kind kind = (dice < 8) ? Change.Kind.PUT
                : (dice < 10) ? Change.Kind.REMOVE : (dice < 13) ? Change.Kind.MERGE
                        : (dice < 16) ? Change.Kind.COMPUTE : (dice < 19) ? Change.Kind.GET : Change.Kind.CONTAINS;
        return new Change(kind, state, key, value);
    }

    private static Change onCounters(SplittableRandom random, String state, Object key, long value) {
        int dice = random.nextInt(20);
        Change.Kind kind = (dice < 12) ? Change.Kind.ADD
                : (dice < 14) ? Change.Kind.PUT : (dice < 16) ? Change.Kind.REMOVE : Change.Kind.COUNT;
        return new Change(kind, state, key, value);
    }

    private static Change onValue(SplittableRandom random, String state, Object value) {
        int dice = random.nextInt(20);
        Change.Kind kind = (dice < 6) ? Change.Kind.PUT : (dice < 8) ? Change.Kind.REMOVE
                : (dice < 12) ? Change.Kind.MERGE : (dice < 16) ? Change.Kind.COMPUTE : Change.Kind.GET;
        return new Change(kind, state, "", value);
    }

    private int keyNumber(SplittableRandom random) {
        int dice = random.nextInt(10);
        return (dice < 4) ? random.nextInt(20) : (dice < 8) ? random.nextInt(300) : random.nextInt(this.coldKeys);
    }

    /** A text for a number: mostly short, some long, the one for 0 empty. */
    private String textKey(SplittableRandom random) {
        int number = keyNumber(random);
        String text = Integer.toString(number, 36);
        return (number == 0) ? "" : (number % 13 == 0) ? text.repeat(50 + number % 700) : text;
    }

    /** As {@link #textKey}, but short enough for the smallest state page. */
    private String sortedKey(SplittableRandom random) {
        String key = textKey(random);
        return key.substring(0, Math.min(key.length(), 300));
    }

    private byte[] blobKey(SplittableRandom random) {
        return textKey(random).getBytes(StandardCharsets.UTF_8);
    }

    private int size(SplittableRandom random) {
        int dice = random.nextInt(200);
        int bound = (dice < 100) ? 64
                : (dice < 160) ? 500 : (dice < 190) ? 4000 : (dice < 198) ? 20_000 : this.largestValue;
        int size = random.nextInt(Math.min(bound, this.largestValue) + 1);
        return (dice == 199) ? this.largestValue : size;
    }

    private static byte[] blob(SplittableRandom random, int size) {
        byte[] blob = new byte[size];
        random.split().nextBytes(blob);
        return blob;
    }

    private static String text(SplittableRandom random, int letters) {
        StringBuilder text = new StringBuilder();
        SplittableRandom own = random.split();
        for (int at = 0; at < letters; at++) {
            text.append(LETTERS[own.nextInt(LETTERS.length)]);
        }
        return text.toString();
    }

}
