/**
 * The front door: a {@link io.flowstate.StateManager} is opened with
 * {@link io.flowstate.StateManagerOptions}, gives named states in nested scopes, and
 * makes all of them durable at once in a {@link io.flowstate.Checkpoint}.
 */
@NullMarked
package io.flowstate;

import org.jspecify.annotations.NullMarked;
