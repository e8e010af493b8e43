/**
 * Benchmarks of the state store beside its peers; how to run them and what they said
 * stands in {@code src/jmh/README.md}.
 */
@NullMarked
package io.flowstate.benchmark;

import org.jspecify.annotations.NullMarked;
