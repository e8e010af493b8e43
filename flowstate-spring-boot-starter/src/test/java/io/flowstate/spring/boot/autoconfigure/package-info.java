/** Tests of the auto-configuration, against the real engine on real directories. */
@NullMarked
package io.flowstate.spring.boot.autoconfigure;

import org.jspecify.annotations.NullMarked;
