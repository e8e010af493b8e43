package io.flowstate.azure;

/** What a store of the tests can do, and the model of it as well. */
interface Orders {

    void put(String key, String value);

    void remove(String key);

    void add(String key, long count);

    void order(long at, String text);

    void cancel(long at);

    void enqueue(String item);

    void dequeue();

    void clear();

    void position(long position);

}
