/**
 * Tests that pull the plug, flip bits and fill the disk, and then compare what is left
 * with a plain model. Each has a short run within the normal tests and a long one; see
 * {@code flowstate-core/docs/TORTURE.md} for the commands.
 */
@NullMarked
package io.flowstate.torture;

import org.jspecify.annotations.NullMarked;
