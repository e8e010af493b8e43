package io.flowstate.internal.page;

import java.util.HashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * The pages that an operation has fetched, kept until it ends even if the cache has no
 * room for them. Belongs to one thread.
 */
final class FetchedPages {

    private @Nullable Map<Integer, Fetched> pages; // once there is one, which is seldom

    void add(Fetched fetched) {
        if (this.pages == null) {
            this.pages = new HashMap<>();
        }
        this.pages.put(fetched.page().number, fetched);
    }

    @Nullable Fetched get(int page) {
        return (this.pages != null) ? this.pages.get(page) : null;
    }

    /**
     * A page and where it was found; it counts only as long as it would be found there
     * again.
     *
     * @param page the page
     * @param version the version that it is the content of, null if it is unchanged
     * @param slot where in the modified-page file it was found, if it was there
     * @param word where in the page log it was found, if it was there
     */
    record Fetched(Page page, Page.@Nullable Version version, @Nullable PageSlot slot, long word) {
    }

}
