package io.flowstate.torture;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

import org.jspecify.annotations.Nullable;

/**
 * One damage to one file.
 *
 * @param kind what is done to it, in a word
 * @param file the file
 * @param place where in it, or how much; for messages
 * @param change makes the damaged content of the content, which it leaves alone; null
 * means the file is gone
 */
record Damage(String kind, String file, long place, @Nullable UnaryOperator<byte[]> change) {

    private static final int SMALL = 4096;

    private static final int SECTOR = 512;

    private static final int BLOCK = 4096;

    /**
     * From so many positions on, each gets a flipped bit and then a flipped byte; else
     * one of the two.
     */
    private static final int MANY = 1000;

    /** At most so many blocks of a file are chosen for one kind of damage. */
    private static final int BLOCKS_CHOSEN = 12;

    /**
     * All the damages that one file gets.
     * @param file its name
     * @param now its content
     * @param earlier its content one checkpoint earlier, null if it did not exist
     * @param positions how many positions of a file larger than 4 KiB are flipped
     * @param random chooses what is chosen
     * @return the damages; a few may turn out to change nothing
     */
    static List<Damage> of(String file, byte[] now, byte @Nullable [] earlier, int positions, SplittableRandom random) {
        List<Damage> damages = new ArrayList<>();
        flips(damages, file, now.length, positions, random);
        zeros(damages, file, now.length, random);
        lengths(damages, file, now.length, random);
        swaps(damages, file, now.length, random);
        if (earlier != null) {
            putBack(damages, file, now.length, earlier);
        }
        return damages;
    }

    private static void flips(List<Damage> damages, String file, int length, int positions, SplittableRandom random) {
        boolean all = length <= SMALL;
        boolean both = positions > MANY;
        int count = all ? length : positions;
        for (int turn = 0; turn < count; turn++) {
            int place = all ? turn : random.nextInt((turn % 4 == 0) ? SMALL : length);
            int bit = 1 << random.nextInt(8);
            int bits = 1 + random.nextInt(255);
            if (both || turn % 2 == 0) {
                damages.add(new Damage("flipped bit", file, place, (now) -> flipped(now, place, bit)));
            }
            if (both || turn % 2 == 1) {
                damages.add(new Damage("flipped byte", file, place, (now) -> flipped(now, place, bits)));
            }
        }
    }

    private static byte[] flipped(byte[] now, int place, int bits) {
        byte[] damaged = now.clone();
        damaged[place] ^= (byte) bits;
        return damaged;
    }

    private static void zeros(List<Damage> damages, String file, int length, SplittableRandom random) {
        for (int unit : new int[] { SECTOR, BLOCK }) {
            for (int number : chosen((length + unit - 1) / unit, random)) {
                int start = number * unit;
                damages.add(new Damage("zeroed " + unit, file, start,
                        (now) -> with(now, start, new byte[Math.min(unit, length - start)])));
            }
        }
    }

    private static int[] chosen(int count, SplittableRandom random) {
        return (count <= BLOCKS_CHOSEN) ? IntStream.range(0, count).toArray()
                : random.ints(BLOCKS_CHOSEN, 0, count).toArray();
    }

    private static byte[] with(byte[] now, int start, byte[] part) {
        byte[] damaged = now.clone();
        System.arraycopy(part, 0, damaged, start, part.length);
        return damaged;
    }

    private static void lengths(List<Damage> damages, String file, int length, SplittableRandom random) {
        List<Integer> lengths = new ArrayList<>(
                List.of(1, 7, 8, 63, length / 2, length - SECTOR, length - 8, length - 1));
        for (int turn = 0; turn < 10; turn++) {
            lengths.add(random.nextInt(Math.max(1, length)));
            lengths.add(random.nextInt(Math.max(1, length)) / BLOCK * BLOCK);
        }
        for (int shorter : lengths) {
            if (shorter > 0 && shorter < length) {
                damages.add(new Damage("truncated", file, shorter, (now) -> Arrays.copyOf(now, shorter)));
            }
        }
        damages.add(new Damage("emptied", file, 0, (now) -> new byte[0]));
        damages.add(new Damage("deleted", file, 0, null));
        for (int more : new int[] { 1, 8, SECTOR, BLOCK, 100_000 }) {
            damages.add(new Damage("zeros appended", file, more, (now) -> Arrays.copyOf(now, length + more)));
            byte[] rubbish = new byte[more];
            random.nextBytes(rubbish);
            damages.add(new Damage("rubbish appended", file, more,
                    (now) -> with(Arrays.copyOf(now, length + more), length, rubbish)));
        }
    }

    private static void swaps(List<Damage> damages, String file, int length, SplittableRandom random) {
        int blocks = length / BLOCK;
        if (blocks < 2) {
            return;
        }
        for (int turn = 0; turn < 2 * BLOCKS_CHOSEN; turn++) {
            int one = random.nextInt(blocks) * BLOCK;
            int other = (turn % 2 == 0) ? (one + BLOCK) % (blocks * BLOCK) : random.nextInt(blocks) * BLOCK;
            damages.add(new Damage("swapped with the block at " + other, file, one,
                    (now) -> with(with(now, one, Arrays.copyOfRange(now, other, other + BLOCK)), other,
                            Arrays.copyOfRange(now, one, one + BLOCK))));
        }
    }

    private static void putBack(List<Damage> damages, String file, int length, byte[] earlier) {
        damages.add(new Damage("put back", file, 0, (now) -> earlier));
        int common = Math.min(length, earlier.length);
        for (int at = 0; at < common; at += BLOCK) {
            int start = at;
            int end = Math.min(start + BLOCK, common);
            damages.add(new Damage("block put back", file, start,
                    (now) -> with(now, start, Arrays.copyOfRange(earlier, start, end))));
        }
        if (earlier.length < length) {
            damages.add(new Damage("put back, with zeros to its length", file, earlier.length,
                    (now) -> Arrays.copyOf(earlier, length)));
        }
    }

    /**
     * Files of one directory in each other's place.
     * @param files the content of each
     * @return a damage for each file and each other file beside it
     */
    static List<Damage> misplacements(Map<String, byte[]> files) {
        List<Damage> damages = new ArrayList<>();
        Map<String, byte[]> sorted = new TreeMap<>(files);
        sorted.forEach((target, old) -> sorted.forEach((source, content) -> {
            if (!source.equals(target) && directory(source).equals(directory(target))) {
                damages.add(new Damage("overwritten with " + source, target, 0, (now) -> content));
            }
        }));
        return damages;
    }

    private static String directory(String file) {
        return file.substring(0, file.lastIndexOf('/'));
    }

    @Override
    public String toString() {
        return this.file + ": " + this.kind + " at " + this.place;
    }

}
