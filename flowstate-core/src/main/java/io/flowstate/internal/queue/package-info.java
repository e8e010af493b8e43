/**
 * The state that is a queue with two ends: a chain of state pages.
 */
@NullMarked
package io.flowstate.internal.queue;

import org.jspecify.annotations.NullMarked;
