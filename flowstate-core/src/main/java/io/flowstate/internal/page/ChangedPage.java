package io.flowstate.internal.page;

import org.jspecify.annotations.Nullable;

/**
 * What a page has become since the last committed checkpoint. Written under the latch of
 * its state.
 */
final class ChangedPage {

    /** What the page is now. */
    volatile Page.Version newest;

    /**
     * What the checkpoint under way needs of it, if it was changed again since its cut.
     */
    volatile Page.@Nullable Version frozen;

    ChangedPage(Page.Version newest) {
        this.newest = newest;
    }

}
