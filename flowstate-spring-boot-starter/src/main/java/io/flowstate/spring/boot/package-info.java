/**
 * What an application may hear of its state and add to it: application events, and
 * customizers of the options.
 */
@NullMarked
package io.flowstate.spring.boot;

import org.jspecify.annotations.NullMarked;
