package io.flowstate.samples.wordcount;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

import io.flowstate.state.CounterState;

/**
 * A word and how often it came.
 *
 * @param word in lower case
 * @param count how often
 */
record CountedWord(String word, long count) {

    private static final Comparator<CountedWord> MOST_FREQUENT_FIRST = Comparator.comparingLong(CountedWord::count)
        .reversed()
        .thenComparing(CountedWord::word);

    /**
     * The most frequent words. Walks over all words once and holds no more of them than
     * it returns.
     * @param words the counts
     * @param limit how many to return at most
     * @return the most frequent first, those of one count in the order of the alphabet
     */
    static List<CountedWord> top(CounterState<String> words, int limit) {
        PriorityQueue<CountedWord> top = new PriorityQueue<>(MOST_FREQUENT_FIRST.reversed());
        try (CounterState.Cursor<String> cursor = words.cursor()) {
            while (cursor.advance()) {
                top.add(new CountedWord(cursor.key(), cursor.count()));
                if (top.size() > limit) {
                    top.remove();
                }
            }
        }
        List<CountedWord> sorted = new ArrayList<>(top);
        sorted.sort(MOST_FREQUENT_FIRST);
        return sorted;
    }

}
