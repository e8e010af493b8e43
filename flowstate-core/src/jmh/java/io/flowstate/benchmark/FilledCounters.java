package io.flowstate.benchmark;

/** A store whose counters are their keys. */
public class FilledCounters extends OpenStore {

    @Override
    void fillAndCheck(long entries) {
        this.store.fillCounters(entries);
        for (long key = 0; key < entries; key += 1 + entries / 10_000) {
            long sum = this.store.add(key, 1);
            if (sum != key + 1) {
                throw new IllegalStateException("counter " + key + " plus 1 is " + sum);
            }
        }
    }

}
