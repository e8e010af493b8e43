/** Tests of the support for tests. */
@NullMarked
package io.flowstate.spring.boot.test;

import org.jspecify.annotations.NullMarked;
