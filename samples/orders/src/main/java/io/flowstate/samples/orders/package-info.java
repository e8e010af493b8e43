/**
 * A sample on {@code flowstate-core} alone: orders kept by time, a queue of those to
 * ship, and the way back to an earlier checkpoint.
 */
@NullMarked
package io.flowstate.samples.orders;

import org.jspecify.annotations.NullMarked;
