package io.flowstate.internal.page;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A copy of the pages of a state, in which none is missing, so that a walk over all need
 * not start again. To be made while nobody changes the state.
 *
 * @param pages the pages by their numbers
 * @param fields the numbers of the state
 */
public record PagesCopy(Map<Integer, byte[]> pages, List<Long> fields) implements PageView {

    /**
     * Copies pages.
     * @param state the state
     * @param numbers which ones
     * @return the copy
     */
    public static PagesCopy of(PagedState state, Set<Integer> numbers) {
        Map<Integer, byte[]> pages = new HashMap<>();
        numbers.forEach((number) -> pages.put(number, state.<byte[]>read((view) -> view.page(number).clone())));
        return new PagesCopy(pages,
                state.<List<Long>>read((view) -> IntStream.range(0, FIELDS).mapToObj(view::field).toList()));
    }

    @Override
    public byte[] page(int page) {
        return Objects.requireNonNull(this.pages.get(page), () -> "there is no page " + page);
    }

    @Override
    public long field(int index) {
        return this.fields.get(index);
    }

}
