/**
 * FlowState in a Spring Boot application: the settings under {@code flowstate} become a
 * {@link io.flowstate.StateManager} bean whose checkpoints are taken at an interval and
 * at shutdown. Each bean backs off to one of the application's own.
 */
@NullMarked
package io.flowstate.spring.boot.autoconfigure;

import org.jspecify.annotations.NullMarked;
