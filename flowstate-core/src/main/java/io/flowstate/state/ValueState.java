package io.flowstate.state;

import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;

/**
 * One value, or none. Any number of threads may use it; each call is atomic. The value
 * must fit one log page ({@code page-size}).
 *
 * @param <V> the type of the value
 */
public interface ValueState<V> {

    /**
     * The value.
     * @return the value, or null if there is none
     */
    @Nullable V get();

    /**
     * Sets the value.
     * @param value the new value
     */
    void set(V value);

    /**
     * Sets the value to what the function makes of the old one, which is null if there is
     * none; a null result clears it.
     * @param function runs with nothing held and may run again if another thread was
     * faster; must not change this state
     * @return the new value, or null if there is none now
     */
    @Nullable V update(UnaryOperator<@Nullable V> function);

    /** Removes the value, if there is one. */
    void clear();

}
