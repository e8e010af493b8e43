/**
 * The page store: page id to bytes, in a log of images and of what changed in the page
 * tables.
 */
@NullMarked
package io.flowstate.internal.pagestore;

import org.jspecify.annotations.NullMarked;
