/** Tests of the state manager that an application is given. */
@NullMarked
package io.flowstate.spring.boot.store;

import org.jspecify.annotations.NullMarked;
