/**
 * Memory outside the heap: how it is taken, counted, and reached with a named memory
 * order.
 */
@NullMarked
package io.flowstate.internal.memory;

import org.jspecify.annotations.NullMarked;
