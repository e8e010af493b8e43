/**
 * Fixtures for tests of stores and of what runs on them: file systems in memory that
 * fail, fill up and lose power on demand, log devices that do, and the contracts that
 * every log device and checkpoint manager keeps. Published as the test-jar of
 * flowstate-core.
 */
@NullMarked
package io.flowstate.testing;

import org.jspecify.annotations.NullMarked;
