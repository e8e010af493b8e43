package io.flowstate.benchmark;

/** A store whose values are those of {@link Values}. */
public class FilledMap extends OpenStore {

    @Override
    void fillAndCheck(long entries) {
        this.store.fill(entries);
        for (long key = 0; key < entries; key += 1 + entries / 10_000) {
            Values.check(key, this.store.get(key));
        }
    }

}
