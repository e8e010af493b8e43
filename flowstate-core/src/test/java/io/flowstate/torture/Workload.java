package io.flowstate.torture;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * An endless stream of operations that is a function of its seed alone: operation 17 is
 * the same for whoever asks, so that a store can go on where a checkpoint left off and a
 * model can follow.
 */
final class Workload {

    /** How many states come into being while the workload runs. */
    static final int LATE_STATES = 12;

    private static final String[] STATES = { "blobs", "names", "numbers", "rates", "hits", "ids", "title", "picture" };

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
        int count = (unit) ? 1 + random.nextInt(6) : 1;
        List<Change> changes = new ArrayList<>(count);
        for (int at = 0; at < count; at++) {
            changes.add(change(random, index));
        }
        return new Operation(unit, changes);
    }

    private Change change(SplittableRandom random, long index) {
        if (random.nextInt(300) == 0) {
            return onWhole(random, index);
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
