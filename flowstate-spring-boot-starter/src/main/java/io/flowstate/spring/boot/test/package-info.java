/**
 * For the tests of applications: a store of its own for each test, and a storage that a
 * test can stop or fail. Spring's test support and JUnit are optional dependencies.
 */
@NullMarked
package io.flowstate.spring.boot.test;

import org.jspecify.annotations.NullMarked;
