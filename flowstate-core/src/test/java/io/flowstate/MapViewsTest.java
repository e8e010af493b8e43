package io.flowstate;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import com.google.common.collect.testing.ConcurrentNavigableMapTestSuiteBuilder;
import com.google.common.collect.testing.MapTestSuiteBuilder;
import com.google.common.collect.testing.TestStringMapGenerator;
import com.google.common.collect.testing.TestStringSortedMapGenerator;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import com.google.common.collect.testing.features.MapFeature;
import io.flowstate.internal.page.HeapPagedState;
import io.flowstate.internal.tree.TreeSortedMap;
import io.flowstate.serialization.Serializers;
import io.flowstate.state.MapState;
import io.flowstate.storage.Storage;
import junit.framework.Test;
import junit.framework.TestCase;
import junit.framework.TestSuite;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The views of maps keep the contracts of {@link Map} and
 * {@link java.util.concurrent.ConcurrentNavigableMap}, as Guava's tests of collections
 * know them. What the views do not offer is missing from their features: null keys and
 * values, and iterators that fail fast.
 */
class MapViewsTest {

    @TempDir
    Path directory;

    private StateManager manager;

    @AfterEach
    void close() {
        if (this.manager != null) {
            this.manager.close();
        }
    }

    @TestFactory
    DynamicNode mapStateAsMap() {
        this.manager = StateManager.open(StateManagerOptions.builder()
            .persistentStorage(Storage.temporary(this.directory))
            .memorySize(4L * StateManagerOptions.MIN_PAGE_SIZE)
            .pageSize(StateManagerOptions.MIN_PAGE_SIZE)
            .build());
        return nodes(MapTestSuiteBuilder.using(new MapStates(this.manager))
            .named("MapState.asMap")
            .withFeatures(MapFeature.GENERAL_PURPOSE, MapFeature.ALLOWS_NULL_KEY_QUERIES,
                    MapFeature.ALLOWS_NULL_VALUE_QUERIES, CollectionFeature.SUPPORTS_ITERATOR_REMOVE,
                    CollectionSize.ANY)
            .createTestSuite());
    }

    @TestFactory
    DynamicNode sortedMapStateAsMap() {
        return nodes(ConcurrentNavigableMapTestSuiteBuilder.using(new SortedMapStates())
            .named("SortedMapState.asMap")
            .withFeatures(MapFeature.GENERAL_PURPOSE, MapFeature.ALLOWS_NULL_VALUE_QUERIES,
                    CollectionFeature.KNOWN_ORDER, CollectionFeature.SUPPORTS_ITERATOR_REMOVE, CollectionSize.ANY)
            .createTestSuite());
    }

    private static DynamicNode nodes(Test test) {
        if (test instanceof TestSuite suite) {
            Stream<DynamicNode> children = IntStream.range(0, suite.testCount())
                .mapToObj(suite::testAt)
                .map(MapViewsTest::nodes);
            return DynamicContainer.dynamicContainer(String.valueOf(suite.getName()), children);
        }
        return DynamicTest.dynamicTest(test.toString(), ((TestCase) test)::runBare);
    }

    /** Makes maps of a few states, so that those of one test are not the same. */
    private static final class MapStates extends TestStringMapGenerator {

        private final List<MapState<String, String>> states;

        private int next;

        MapStates(StateManager manager) {
            this.states = Stream.of("a", "b", "c", "d")
                .map((name) -> manager.scope("views").map(name, Serializers.string(), Serializers.string()))
                .toList();
        }

        @Override
        protected Map<String, String> create(Map.Entry<String, String>[] entries) {
            MapState<String, String> state = this.states.get(this.next++ % this.states.size());
            state.clear();
            Map<String, String> map = state.asMap();
            for (Map.Entry<String, String> entry : entries) {
                map.put(entry.getKey(), entry.getValue());
            }
            return map;
        }

    }

    private static final class SortedMapStates extends TestStringSortedMapGenerator {

        @Override
        protected SortedMap<String, String> create(Map.Entry<String, String>[] entries) {
            HeapPagedState state = new HeapPagedState(512, new SplittableRandom(1));
            SortedMap<String, String> map = new TreeSortedMap<>(state, Serializers.string(), Serializers.string())
                .asMap();
            for (Map.Entry<String, String> entry : entries) {
                map.put(entry.getKey(), entry.getValue());
            }
            return map;
        }

    }

}
