/**
 * Values as JSON, with the Jackson of a Spring Boot application:
 * {@link io.flowstate.spring.boot.json.JsonSerializers}.
 */
@NullMarked
package io.flowstate.spring.boot.json;

import org.jspecify.annotations.NullMarked;
