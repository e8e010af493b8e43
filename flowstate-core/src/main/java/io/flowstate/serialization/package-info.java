/**
 * How keys and values become bytes: the {@link io.flowstate.serialization.Serializer}
 * interface and the built-in ones.
 */
@NullMarked
package io.flowstate.serialization;

import org.jspecify.annotations.NullMarked;
