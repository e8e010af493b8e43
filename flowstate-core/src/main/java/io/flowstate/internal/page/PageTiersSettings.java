package io.flowstate.internal.page;

import java.time.Duration;

/**
 * How much of the pages lies where.
 *
 * @param cachePageCount how many pages the cache has at most
 * @param cacheMemory how many bytes it has at most
 * @param readCache whether unchanged pages go to the modified-page file too
 * @param deviceTimeout how long anyone waits for the modified-page file
 */
public record PageTiersSettings(long cachePageCount, long cacheMemory, boolean readCache, Duration deviceTimeout) {
}
