/**
 * The record log: an append-only log whose tail lies in memory and may be changed in
 * place, and whose rest lies on the log device in segments.
 */
@NullMarked
package io.flowstate.internal.hybridlog;

import org.jspecify.annotations.NullMarked;
