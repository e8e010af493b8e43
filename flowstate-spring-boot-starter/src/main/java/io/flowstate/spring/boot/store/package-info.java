/**
 * The state manager that an application is given: closed when the context stops, opened
 * again when it starts, under handles that stay.
 */
@NullMarked
package io.flowstate.spring.boot.store;

import org.jspecify.annotations.NullMarked;
