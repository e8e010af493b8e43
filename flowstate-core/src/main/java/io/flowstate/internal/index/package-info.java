/**
 * The hash index: from the hash of a key to the address of the newest record in the log
 * that has it.
 */
@NullMarked
package io.flowstate.internal.index;

import org.jspecify.annotations.NullMarked;
