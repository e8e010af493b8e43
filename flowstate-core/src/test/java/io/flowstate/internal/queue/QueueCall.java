package io.flowstate.internal.queue;

import java.util.ArrayList;
import java.util.List;

import io.flowstate.state.QueueState;
import io.flowstate.testing.Linearizability.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * A call on a queue of numbers.
 *
 * @param kind what it does
 * @param argument what it adds, if it adds
 */
public record QueueCall(Kind kind, long argument) {

    /** The calls. */
    public enum Kind {

        ADD_FIRST, ADD_LAST, POLL_FIRST, POLL_LAST, PEEK_FIRST, PEEK_LAST, SIZE, IS_EMPTY, CLEAR

    }

    /**
     * Makes the call.
     * @param queue the queue
     * @return what it returned
     */
    public @Nullable Object make(QueueState<Long> queue) {
        return switch (this.kind) {
            case ADD_FIRST -> {
                queue.addFirst(this.argument);
                yield null;
            }
            case ADD_LAST -> {
                queue.addLast(this.argument);
                yield null;
            }
            case POLL_FIRST -> queue.pollFirst();
            case POLL_LAST -> queue.pollLast();
            case PEEK_FIRST -> queue.peekFirst();
            case PEEK_LAST -> queue.peekLast();
            case SIZE -> queue.size();
            case IS_EMPTY -> queue.isEmpty();
            case CLEAR -> {
                queue.clear();
                yield null;
            }
        };
    }

    /**
     * What the call does if it is the only one.
     * @param content the content before
     * @return the content after, and the result
     */
    public Outcome<List<Long>> apply(List<Long> content) {
        int last = content.size() - 1;
        return switch (this.kind) {
            case ADD_FIRST, ADD_LAST -> {
                List<Long> after = new ArrayList<>(content);
                after.add((this.kind == Kind.ADD_FIRST) ? 0 : content.size(), this.argument);
                yield new Outcome<>(after, null);
            }
            case POLL_FIRST ->
                (last < 0) ? new Outcome<>(content, null) : new Outcome<>(content.subList(1, last + 1), content.get(0));
            case POLL_LAST ->
                (last < 0) ? new Outcome<>(content, null) : new Outcome<>(content.subList(0, last), content.get(last));
            case PEEK_FIRST -> new Outcome<>(content, (last < 0) ? null : content.get(0));
            case PEEK_LAST -> new Outcome<>(content, (last < 0) ? null : content.get(last));
            case SIZE -> new Outcome<>(content, (long) content.size());
            case IS_EMPTY -> new Outcome<>(content, content.isEmpty());
            case CLEAR -> new Outcome<>(List.of(), null);
        };
    }

}
