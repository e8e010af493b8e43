/**
 * How state pages are made smaller on their way to a medium: the built-in compressions,
 * those of a user, and what the engine compresses pages with.
 */
@NullMarked
package io.flowstate.compression;

import org.jspecify.annotations.NullMarked;
