/**
 * Fixtures for tests of stores and of what runs on them: file systems in memory that
 * fail, write short, fill up, hang, stop and lose power on demand or by seed, log devices
 * that do, the contracts that every log device and checkpoint manager keeps, child JVMs
 * that are killed, with the seeds and counts of such tests, and packages of npm.
 * Published as the test-jar of flowstate-core. Begin with
 * {@link io.flowstate.testing.FaultyFiles}.
 */
@NullMarked
package io.flowstate.testing;

import org.jspecify.annotations.NullMarked;
