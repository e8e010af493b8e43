/**
 * Checkpoints: the cut, what a checkpoint's metadata say, and the commit through the
 * manifest.
 */
@NullMarked
package io.flowstate.internal.checkpoint;

import org.jspecify.annotations.NullMarked;
