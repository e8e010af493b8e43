package io.flowstate.azure;

import java.util.SplittableRandom;

/**
 * An endless stream of operations that is a function of its seed. Values of up to 20 KB,
 * few enough keys that they are changed often.
 */
record OrdersWorkload(long seed) {

    private static final int KEYS = 300;

    void apply(long index, Orders target) {
        SplittableRandom random = new SplittableRandom(this.seed * 0x9E3779B97F4A7C15L + index);
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes; i++) {
            String key = "key-" + random.nextInt(KEYS);
            long at = random.nextInt(KEYS) * 1000L;
            String text = index + "." + i + "." + "x".repeat(random.nextInt((random.nextInt(50) == 0) ? 20_000 : 300));
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> target.put(key, text);
                case 3 -> target.remove(key);
                case 4 -> target.add(key, 1 + random.nextInt(100));
                case 5, 6 -> target.order(at, text);
                case 7 -> target.cancel(at);
                case 8 -> target.enqueue(text);
                default -> target.dequeue();
            }
        }
        if (random.nextInt(1500) == 0) {
            target.clear();
        }
        target.position(index + 1);
    }

}
