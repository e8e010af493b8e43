package io.flowstate.benchmark;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** How many entries there are, and which of them are asked for. */
@State(Scope.Benchmark)
public class Workload {

    @Param("2000000")
    long entries;

    @Param({ "ZIPFIAN", "UNIFORM" })
    KeyDistribution keys;

}
