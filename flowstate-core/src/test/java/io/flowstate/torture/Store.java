package io.flowstate.torture;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.flowstate.StateManager;
import io.flowstate.StateScope;
import io.flowstate.serialization.Serializers;
import org.jspecify.annotations.Nullable;

/**
 * The states of a {@link Workload} in an open store. Their names are chosen so that they
 * collide if levels are joined without care. Any thread.
 */
final class Store {

    static final String POSITION = "position";

    private final StateManager manager;

    private final Map<String, Handle> handles = new HashMap<>();

    Store(StateManager manager) {
        this.manager = manager;
    }

    /**
     * Makes the changes of an operation.
     * @param operation the operation
     * @param index its number, noted in the same unit if there is one
     * @param inUnit whether to make a unit of it in any case, and note the number in it
     * @return what the calls returned
     */
    List<@Nullable Object> run(Operation operation, long index, boolean inUnit) {
        List<@Nullable Object> results = new ArrayList<>();
        if (!operation.unit() && !inUnit) {
            apply(operation, results);
            return results;
        }
        this.manager.update(() -> {
            if (inUnit) {
                position(index + 1);
            }
            apply(operation, results);
        });
        return results;
    }

    private void apply(Operation operation, List<@Nullable Object> results) {
        for (Change change : operation.changes()) {
            results.add((change.kind() == Change.Kind.DROP) ? drop(change.state())
                    : Model.plain(handle(change.state()).apply(change)));
        }
    }

    private synchronized boolean drop(String name) {
        this.handles.remove(name);
        return scopeOf(name).drop(nameOf(name));
    }

    /**
     * Notes how many operations have been made.
     * @param next the number of the next one
     */
    void position(long next) {
        handle(POSITION).apply(new Change(Change.Kind.PUT, POSITION, "", next));
    }

    /**
     * How many operations have been made.
     * @return the number of the next one
     */
    long position() {
        if (!scopeOf(POSITION).exists(nameOf(POSITION))) {
            return 0;
        }
        Object position = handle(POSITION).apply(new Change(Change.Kind.GET, POSITION, "", 0L));
        return (position != null) ? (Long) position : 0;
    }

    /**
     * Looks one key up.
     * @param name the name of the state
     * @param key the key in plain form
     * @return the value in plain form, null if there is none
     */
    @Nullable Object get(String name, Object key) {
        return Model.plain(handle(name).get(Model.bytes(key)));
    }

    /**
     * Compares everything in the store with a model: what cursors give, and what each key
     * gives by itself.
     * @param model what should be there
     * @return the differences in words; empty if there are none
     */
    List<String> differences(Model model) {
        List<String> differences = new ArrayList<>();
        Model scanned = content(differences);
        differences.addAll(model.differences(scanned));
        for (String name : model.names()) {
            if (scanned.exists(name)) {
                model.state(name).forEach((key, value) -> {
                    Object found = get(name, key);
                    if (!value.equals(found)) {
                        differences.add(name + ".get(" + Model.show(key) + "): expected " + Model.show(value)
                                + ", found " + Model.show(found));
                    }
                });
                long size = handle(name).size();
                if (size != model.state(name).size()) {
                    differences.add(name + ".size(): expected " + model.state(name).size() + ", found " + size);
                }
            }
        }
        return differences;
    }

    /**
     * The handles that were used so far, by the names of their states.
     * @return a snapshot
     */
    synchronized Map<String, Handle> handles() {
        return new HashMap<>(this.handles);
    }

    /**
     * Reads everything in the store but the position.
     * @param complaints takes what is wrong with the cursors themselves
     * @return the content
     */
    Model content(List<String> complaints) {
        Model content = new Model();
        for (String name : names()) {
            if (!scopeOf(name).exists(nameOf(name))) {
                continue;
            }
            Map<Object, Object> state = content.state(name);
            handle(name).forEach((key, value) -> {
                if (state.put(key, value) != null) {
                    complaints.add(name + ": the cursor gave " + Model.show(key) + " twice");
                }
            });
        }
        return content;
    }

    private static List<String> names() {
        List<String> names = new ArrayList<>(List.of("blobs", "names", "numbers", "rates", "hits", "ids", "title",
                "picture", "sorted", "line", "events"));
        for (int late = 0; late < Workload.LATE_STATES; late++) {
            names.add("late-" + late);
        }
        return names;
    }

    private StateScope scopeOf(String name) {
        return switch (name) {
            case "blobs" -> this.manager.scope("a");
            case "names" -> this.manager.scope("a_b");
            case "numbers", "picture" -> this.manager.scope("a").scope("b");
            case "rates" -> this.manager.scope("a/b");
            case "hits" -> this.manager.scope("a").scope("b_c");
            case "ids" -> this.manager.scope("a").scope("b").scope("c");
            case "title" -> this.manager.scope("title");
            default -> this.manager.scope("\u00dcmlaut und Blank ../..").scope(name);
        };
    }

    static String nameOf(String name) {
        return switch (name) {
            case "blobs" -> "b_c";
            case "names", "numbers", "rates" -> "c";
            case "hits", "ids" -> "d";
            case "title", "picture" -> "title";
            default -> "x".repeat(200);
        };
    }

    private synchronized Handle handle(String name) {
        return this.handles.computeIfAbsent(name, this::open);
    }

    private Handle open(String name) {
        StateScope scope = scopeOf(name);
        String state = nameOf(name);
        return switch (name) {
            case "blobs" -> Handle.of(scope.map(state, Serializers.string(), Serializers.bytes()));
            case "names" -> Handle.of(scope.map(state, Serializers.bytes(), Serializers.string()));
            case "numbers" -> Handle.of(scope.map(state, Serializers.int32(), Serializers.int64()));
            case "rates" -> Handle.of(scope.map(state, Serializers.int64(), Serializers.float64()));
            case "hits" -> Handle.of(scope.counters(state, Serializers.string()));
            case "ids" -> Handle.of(scope.counters(state, Serializers.int64()));
            case "title" -> Handle.of(scope.value(state, Serializers.string()));
            case "picture" -> Handle.of(scope.value(state, Serializers.bytes()));
            case "sorted" -> Handle.of(scope.sortedMap(state, Serializers.string(), Serializers.bytes()));
            case "line" -> Handle.of(scope.queue(state, Serializers.bytes()));
            case "events" -> Handle.of(scope.append(state, Serializers.int64(), Serializers.string()));
            case POSITION -> {
                openLongNames();
                yield Handle.of(scope.value(state, Serializers.int64()));
            }
            default -> Handle.of(scope.map(state, Serializers.int32(), Serializers.bool()));
        };
    }

    /**
     * Opens states that stay empty, with names so long that the metadata of a checkpoint
     * are put together from several objects.
     */
    private void openLongNames() {
        StateScope scope = this.manager.scope("long");
        for (int level = 0; level < 7; level++) {
            scope = scope.scope("y".repeat(200));
        }
        for (int number = 0; number < 8; number++) {
            scope.value("z".repeat(199) + number, Serializers.int64());
        }
    }

}
