/**
 * The state that is one value.
 */
@NullMarked
package io.flowstate.internal.value;

import org.jspecify.annotations.NullMarked;
