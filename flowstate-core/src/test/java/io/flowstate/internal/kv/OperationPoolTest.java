package io.flowstate.internal.kv;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/** Operations that are used again hold nothing of what they were used for before. */
class OperationPoolTest {

    private final Operation.Pool pool = new Operation.Pool();

    @Test
    void aThreadGetsItsOperationAgainEmpty() {
        Operation first = this.pool.take();
        first.key().writeLong(1);
        first.batch().add().key().writeLong(2);
        this.pool.giveBack(first);

        Operation second = this.pool.take();

        assertThat(second).isSameAs(first);
        assertEmpty(second);
    }

    @Test
    void anOperationThatCannotBeClearedIsNotUsedAgain() {
        Operation first = this.pool.take();
        first.key().writeLong(1);
        first.batch().add().key().writeLong(2);
        spoil(first.batch().add());
        assertThatNullPointerException().isThrownBy(() -> this.pool.giveBack(first));

        Operation second = this.pool.take();

        assertEmpty(second);
        this.pool.giveBack(second);
        assertThat(this.pool.take()).as("the place is in use again").isSameAs(second);
    }

    /** Lets clearing it throw, as it may when the heap is used up. */
    @SuppressWarnings("NullAway")
    private static void spoil(Operation operation) {
        operation.value = null;
    }

    private static void assertEmpty(Operation operation) {
        assertThat(operation.key().length()).isZero();
        assertThat(operation.batch().size()).isZero();
        assertThat(operation.batch().add().key().length()).isZero();
    }

}
