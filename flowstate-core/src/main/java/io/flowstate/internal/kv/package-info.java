/**
 * Keys to values: the operations on records that the index finds in the log, and their
 * recovery.
 */
@NullMarked
package io.flowstate.internal.kv;

import org.jspecify.annotations.NullMarked;
