/** Tests of the sample; those that end in {@code IT} run the packaged jar. */
@NullMarked
package io.flowstate.samples.wordcount;

import org.jspecify.annotations.NullMarked;
