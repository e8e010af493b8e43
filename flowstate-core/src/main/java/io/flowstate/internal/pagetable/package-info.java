/** Page tables: where the image of each state page lies in the page log. */
@NullMarked
package io.flowstate.internal.pagetable;

import org.jspecify.annotations.NullMarked;
