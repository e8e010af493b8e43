/**
 * Who is inside: epochs, which tell when no thread can still see what was there before,
 * and the gate, which keeps writers out for the moment of a checkpoint's cut.
 */
@NullMarked
package io.flowstate.internal.epoch;

import org.jspecify.annotations.NullMarked;
