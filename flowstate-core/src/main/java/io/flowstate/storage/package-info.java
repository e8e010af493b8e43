/**
 * Where the bytes lie: the interfaces to other media (log device, checkpoint manager),
 * their local-disk, in-memory and temporary implementations, and the family of errors.
 */
@NullMarked
package io.flowstate.storage;

import org.jspecify.annotations.NullMarked;
