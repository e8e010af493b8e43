package io.flowstate;

import java.nio.file.Path;
import java.util.List;

import io.flowstate.serialization.Serializers;
import io.flowstate.state.QueueState;
import io.flowstate.state.SortedMapState;
import io.flowstate.storage.Storage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class StateSummaryTest {

    @TempDir
    Path directory;

    private StateManager open() {
        return StateManager.open(StateManagerOptions.builder()
            .persistentStorage(Storage.local(this.directory.resolve("log"), this.directory.resolve("checkpoints")))
            .temporaryDirectory(this.directory.resolve("temp"))
            .statePageSize(StateManagerOptions.MIN_STATE_PAGE_SIZE)
            .build());
    }

    @Test
    void eachKindOfStateIsListedWithItsCountsAlsoAfterAReopening() {
        long sortedPages;
        try (StateManager state = open()) {
            assertThat(state.states()).isEmpty();
            StateScope orders = state.scope("orders");
            orders.counters("hits", Serializers.string()).add("a", 1);
            orders.map("totals", Serializers.int32(), Serializers.int64()).put(1, 2L);
            orders.value("config", Serializers.string());
            SortedMapState<Integer, String> sorted = orders.scope("inner")
                .sortedMap("by-time", Serializers.int32(), Serializers.string());
            for (int key = 0; key < 100; key++) {
                sorted.put(key, "x".repeat(400));
            }
            QueueState<String> queue = orders.queue("retries", Serializers.string());
            queue.addLast("a");
            queue.addLast("b");
            queue.pollFirst();
            orders.append("history", Serializers.int64(), Serializers.string()).append(1L, "a");
            orders.temporaryQueue("scratch", Serializers.string()).addLast("a");

            List<StateSummary> states = state.states();

            sortedPages = states.get(6).pages();
            assertThat(sortedPages).isGreaterThan(10);
            List<String> scope = List.of("orders");
            assertThat(states).containsExactly(new StateSummary(scope, "config", "value", false, 0, 0),
                    new StateSummary(scope, "history", "append log", false, 1, 1),
                    new StateSummary(scope, "hits", "counters", false, 1, 0),
                    new StateSummary(scope, "retries", "queue", false, 1, 1),
                    new StateSummary(scope, "scratch", "queue", true, 1, 1),
                    new StateSummary(scope, "totals", "map", false, 1, 0),
                    new StateSummary(List.of("orders", "inner"), "by-time", "sorted map", false, 100, sortedPages));
            state.checkpoint();
        }

        try (StateManager state = open()) {
            assertThat(state.states()).extracting(StateSummary::name)
                .containsExactly("config", "history", "hits", "retries", "totals", "by-time");
            assertThat(state.states().get(5)).isEqualTo(
                    new StateSummary(List.of("orders", "inner"), "by-time", "sorted map", false, 100, sortedPages));
            SortedMapState<Integer, String> sorted = state.scope("orders")
                .scope("inner")
                .sortedMap("by-time", Serializers.int32(), Serializers.string());

            sorted.clear();
            assertThat(state.states().get(5).entries()).isZero();
            assertThat(state.states().get(5).pages()).isZero();

            state.scope("orders").drop("retries");
            assertThat(state.states()).extracting(StateSummary::name).doesNotContain("retries");
        }
    }

    @Test
    void aClosedStoreListsNone() {
        StateManager state = open();
        state.close();

        assertThatIllegalStateException().isThrownBy(state::states);
    }

}
