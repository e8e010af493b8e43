/** Tests of the sample. */
@NullMarked
package io.flowstate.samples.orders;

import org.jspecify.annotations.NullMarked;
