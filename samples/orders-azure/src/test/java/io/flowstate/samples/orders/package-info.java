/**
 * Tests of the sample, which run the packaged jar against the emulator of the storage.
 */
@NullMarked
package io.flowstate.samples.orders;

import org.jspecify.annotations.NullMarked;
