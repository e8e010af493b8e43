/**
 * The states that are maps of records: maps and counters.
 */
@NullMarked
package io.flowstate.internal.map;

import org.jspecify.annotations.NullMarked;
