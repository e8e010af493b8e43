package io.flowstate;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

import io.flowstate.internal.checkpoint.RecordedState;
import io.flowstate.internal.checkpoint.StateDescription;
import io.flowstate.internal.checkpoint.StateKind;
import io.flowstate.internal.epoch.Gate;
import io.flowstate.internal.hybridlog.LogRecord;
import io.flowstate.internal.kv.RecordEngine;
import io.flowstate.internal.kv.RecordStore;
import io.flowstate.internal.kv.RecordTable;
import io.flowstate.storage.IncompatibleStateException;
import org.jspecify.annotations.Nullable;

/**
 * Which states there are, under which names, and where their records are found. A state
 * is made, cleared and dropped inside the gate, so that a cut has that or has it not.
 * Thread-safe.
 */
final class Catalogue {

    /** The index of a state with one key has room for this many at first. */
    private static final long ONE_KEY = 1;

    /** The index of any other state has room for this many at first. */
    private static final long SOME_KEYS = 40;

    private final RecordEngine engine;

    private final Gate gate;

    private final Map<Path, State> byPath = new ConcurrentHashMap<>();

    private final Map<Integer, RecordStore> byId = new ConcurrentHashMap<>();

    private final Map<Identity, RecordStore> stores = new HashMap<>(); // of all states
                                                                       // that handles may
                                                                       // be held of;
                                                                       // guarded by this

    private int nextId = 1; // guarded by this

    /**
     * Creates a catalogue without states.
     * @param engine what the states share
     * @param gate passed by whoever makes or drops a state
     */
    Catalogue(RecordEngine engine, Gate gate) {
        this.engine = engine;
        this.gate = gate;
    }

    private void add(StateDescription description, RecordTable table) {
        RecordStore records = this.stores.computeIfAbsent(Identity.of(description),
                (identity) -> new RecordStore(this.engine, describe(identity)));
        records.table(table);
        this.byId.put(description.id(), records);
        this.byPath.put(new Path(description.scope(), description.name()), new State(description, records));
    }

    private static String describe(Identity identity) {
        Path path = identity.path();
        return "state " + path.name() + " of scope " + String.join(" / ", path.scope());
    }

    private static long expectedEntries(StateKind kind) {
        return (kind == StateKind.VALUE) ? ONE_KEY : SOME_KEYS;
    }

    /**
     * Replaces all states by those of a checkpoint, their tables still empty. Only the
     * opening thread is there, or the gate is shut.
     * @param states the states
     * @param next the id of the next new state
     * @param logBytes the bytes of log that the checkpoint has: no state can have more
     * entries than fit there
     */
    synchronized void replace(List<RecordedState> states, int next, long logBytes) {
        List<RecordTable> gone = List.copyOf(tables());
        this.stores.values().forEach((records) -> records.table(null));
        this.byId.clear();
        this.byPath.clear();
        gone.forEach(RecordTable::release);
        this.nextId = next;
        for (RecordedState recorded : states) {
            StateDescription description = recorded.description();
            long entries = Math.min(recorded.entries(), logBytes / LogRecord.HEADER_BYTES);
            add(description,
                    new RecordTable(this.engine, description.id(),
                            Math.max(expectedEntries(description.kind()), entries),
                            Math.min(recorded.liveBytes(), logBytes), recorded.removedKeys()));
        }
    }

    /**
     * The records of a state, which is made if it does not exist.
     * @throws IncompatibleStateException if it exists as something else
     */
    RecordStore open(List<String> scope, String name, StateKind kind, String keySerializer, String valueSerializer) {
        this.engine.checkOpen();
        Path path = new Path(List.copyOf(scope), name);
        State state = this.byPath.get(path);
        while (state == null) {
            this.gate.run(() -> make(path, kind, keySerializer, valueSerializer));
            state = this.byPath.get(path);
        }
        check(state.description(), path, kind, keySerializer, valueSerializer);
        return state.records();
    }

    private synchronized void make(Path path, StateKind kind, String keySerializer, String valueSerializer) {
        if (!this.byPath.containsKey(path)) {
            int id = this.nextId;
            add(new StateDescription(id, kind, path.scope(), path.name(), keySerializer, valueSerializer),
                    new RecordTable(this.engine, id, expectedEntries(kind)));
            this.nextId++;
        }
    }

    /**
     * Takes all entries from a state: it goes on under another id. Its records are freed
     * by cleaning.
     */
    void clear(RecordStore records) {
        this.engine.checkOpen();
        this.gate.run(() -> {
            RecordTable gone = replaceTable(records);
            if (gone != null) {
                gone.release();
            }
        });
    }

    private synchronized @Nullable RecordTable replaceTable(RecordStore records) {
        RecordTable gone = records.table();
        State state = (gone != null) ? stateOf(records) : null;
        if (gone == null || state == null) {
            records.checkPresent();
            return null;
        }
        int id = this.nextId;
        StateDescription old = state.description();
        add(new StateDescription(id, old.kind(), old.scope(), old.name(), old.keySerializer(), old.valueSerializer()),
                new RecordTable(this.engine, id, expectedEntries(old.kind())));
        this.nextId++;
        this.byId.remove(old.id());
        return gone;
    }

    private @Nullable State stateOf(RecordStore records) {
        for (State state : this.byPath.values()) {
            if (state.records() == records) {
                return state;
            }
        }
        return null;
    }

    /**
     * Deletes a state.
     * @return false if there is none of that name
     */
    boolean drop(List<String> scope, String name) {
        this.engine.checkOpen();
        AtomicReference<@Nullable RecordTable> gone = new AtomicReference<>();
        Path path = new Path(List.copyOf(scope), name);
        this.gate.run(() -> gone.set(removeTable(path)));
        RecordTable table = gone.get();
        if (table != null) {
            table.release();
        }
        return table != null;
    }

    private synchronized @Nullable RecordTable removeTable(Path path) {
        State state = this.byPath.remove(path);
        if (state == null) {
            return null;
        }
        RecordTable table = state.records().table();
        state.records().table(null);
        this.byId.remove(state.description().id());
        return table;
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

    /** Waits while a restore replaces the states. */
    synchronized boolean exists(List<String> scope, String name) {
        this.engine.checkOpen();
        return this.byPath.containsKey(new Path(List.copyOf(scope), name));
    }

    /** The records of a state id, null if there is no such state. */
    @Nullable RecordStore byId(int id) {
        return this.byId.get(id);
    }

    /** All states, by id. Consistent while the gate is closed. */
    List<RecordedState> states() {
        List<RecordedState> states = new ArrayList<>();
        this.byPath.values().forEach((state) -> {
            RecordTable table = state.records().table();
            if (table != null) {
                states.add(new RecordedState(state.description(), table.entries(), table.liveBytes(), table.removed()));
            }
        });
        states.sort(Comparator.comparingInt((recorded) -> recorded.description().id()));
        return states;
    }

    /** The tables of all states. */
    Collection<RecordTable> tables() {
        List<RecordTable> tables = new ArrayList<>();
        this.byPath.values().forEach((state) -> {
            RecordTable table = state.records().table();
            if (table != null) {
                tables.add(table);
            }
        });
        return tables;
    }

    synchronized int nextId() {
        return this.nextId;
    }

    int size() {
        return this.byPath.size();
    }

    private record Path(List<String> scope, String name) {
    }

    /** What makes two handles be of one state. */
    private record Identity(Path path, StateKind kind, String keySerializer, String valueSerializer) {

        static Identity of(StateDescription state) {
            return new Identity(new Path(state.scope(), state.name()), state.kind(), state.keySerializer(),
                    state.valueSerializer());
        }

    }

    private record State(StateDescription description, RecordStore records) {
    }

}
