/** Tests of the JSON serializers. */
@NullMarked
package io.flowstate.spring.boot.json;

import org.jspecify.annotations.NullMarked;
