/**
 * The states in the order of their keys, sorted maps and append logs: a B+ tree whose
 * nodes are state pages, read and changed in place.
 */
@NullMarked
package io.flowstate.internal.tree;

import org.jspecify.annotations.NullMarked;
