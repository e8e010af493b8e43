/**
 * Tests of the shape of the code: which package may import which, what no class may call,
 * and that what users see is explained.
 */
@NullMarked
package io.flowstate.architecture;

import org.jspecify.annotations.NullMarked;
