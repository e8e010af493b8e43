package io.flowstate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

import io.flowstate.internal.checkpoint.StateDescription;
import io.flowstate.internal.checkpoint.StateKind;
import io.flowstate.internal.epoch.Gate;
import io.flowstate.internal.kv.RecordEngine;
import io.flowstate.internal.kv.RecordStore;
import io.flowstate.storage.IncompatibleStateException;
import org.jspecify.annotations.Nullable;

/**
 * Which states there are, under which names, and where their records are found. A state
 * is made inside the gate, so that a cut has it or has it not. Thread-safe.
 */
final class Catalogue {

    /** The keys that the index of a value begins with room for. */
    private static final long ONE_KEY = 1;

    /** The keys that the index of any other state begins with room for. */
    private static final long FEW_KEYS = 40;

    private final RecordEngine engine;

    private final Gate gate;

    private final Map<Path, State> byPath = new ConcurrentHashMap<>();

    private final Map<Integer, RecordStore> byId = new ConcurrentHashMap<>();

    private int nextId; // guarded by this

    /**
     * Creates a catalogue.
     * @param engine what the states share
     * @param gate passed by whoever makes a state
     * @param states the states that were recovered
     * @param nextId the id of the next new state
     */
    Catalogue(RecordEngine engine, Gate gate, List<StateDescription> states, int nextId) {
        this.engine = engine;
        this.gate = gate;
        this.nextId = nextId;
        for (StateDescription description : states) {
            add(description);
        }
    }

    private State add(StateDescription description) {
        long expectedKeys = (description.kind() == StateKind.VALUE) ? ONE_KEY : FEW_KEYS;
        State state = new State(description, new RecordStore(this.engine, description.id(), expectedKeys));
        this.byId.put(description.id(), state.records());
        this.byPath.put(new Path(description.scope(), description.name()), state);
        return state;
    }

    /**
     * The records of a state, which is made if it does not exist.
     * @throws IncompatibleStateException if it exists as something else
     */
    RecordStore open(List<String> scope, String name, StateKind kind, String keySerializer, String valueSerializer) {
        this.engine.checkOpen();
        Path path = new Path(List.copyOf(scope), name);
        if (!this.byPath.containsKey(path)) {
            this.gate.run(() -> make(path, kind, keySerializer, valueSerializer));
        }
        State state = Objects.requireNonNull(this.byPath.get(path));
        check(state.description(), path, kind, keySerializer, valueSerializer);
        return state.records();
    }

    private synchronized void make(Path path, StateKind kind, String keySerializer, String valueSerializer) {
        if (!this.byPath.containsKey(path)) {
            add(new StateDescription(this.nextId, kind, path.scope(), path.name(), keySerializer, valueSerializer));
            this.nextId++;
        }
    }

    private static void check(StateDescription found, Path path, StateKind kind, String keySerializer,
            String valueSerializer) {
        if (found.kind() != kind || !found.keySerializer().equals(keySerializer)
                || !found.valueSerializer().equals(valueSerializer)) {
            throw new IncompatibleStateException(
                    "state " + path.name() + " of scope " + String.join(" / ", path.scope()) + " exists as "
                            + describe(found.kind(), found.keySerializer(), found.valueSerializer())
                            + " and cannot be opened as " + describe(kind, keySerializer, valueSerializer));
        }
    }

    private static String describe(StateKind kind, String keySerializer, String valueSerializer) {
        StringBuilder text = new StringBuilder(kind.toString());
        if (!keySerializer.isEmpty()) {
            text.append(" with keys by ").append(keySerializer);
        }
        if (!valueSerializer.isEmpty()) {
            text.append(keySerializer.isEmpty() ? " by " : " and values by ").append(valueSerializer);
        }
        return text.toString();
    }

    boolean exists(List<String> scope, String name) {
        this.engine.checkOpen();
        return this.byPath.containsKey(new Path(List.copyOf(scope), name));
    }

    /** The records of a state id, null if there is no such state. */
    @Nullable RecordStore byId(int id) {
        return this.byId.get(id);
    }

    /** All states, by id. Consistent while the gate is closed. */
    List<StateDescription> states() {
        List<StateDescription> states = new ArrayList<>();
        this.byPath.values().forEach((state) -> states.add(state.description()));
        states.sort(Comparator.comparingInt(StateDescription::id));
        return states;
    }

    synchronized int nextId() {
        return this.nextId;
    }

    int size() {
        return this.byPath.size();
    }

    private record Path(List<String> scope, String name) {
    }

    private record State(StateDescription description, RecordStore records) {
    }

}
