/**
 * State pages, one at a time: the page cache, the modified-page file behind it, and the
 * page store behind both. Sorted maps, queues and append logs are made of them.
 */
@NullMarked
package io.flowstate.internal.page;

import org.jspecify.annotations.NullMarked;
