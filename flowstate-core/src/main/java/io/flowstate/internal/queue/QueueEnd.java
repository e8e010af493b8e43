package io.flowstate.internal.queue;

/** One of the two ends of a queue. */
enum QueueEnd {

    FIRST, LAST;

    QueueEnd opposite() {
        return (this == FIRST) ? LAST : FIRST;
    }

}
