/**
 * The collections that a user keeps state in. Their implementations are internal; they
 * are obtained from a {@code StateScope}.
 */
@NullMarked
package io.flowstate.state;

import org.jspecify.annotations.NullMarked;
