package io.flowstate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.Supplier;

import io.flowstate.internal.checkpoint.RecordedState;
import io.flowstate.internal.checkpoint.StateDescription;
import io.flowstate.internal.checkpoint.StateKind;
import io.flowstate.internal.epoch.Gate;
import io.flowstate.internal.kv.RecordStore;
import io.flowstate.internal.page.PagedState;
import io.flowstate.storage.IncompatibleStateException;
import org.jspecify.annotations.Nullable;

/**
 * Which states there are, under which names. A state is made, cleared and dropped inside
 * the gate, so that a cut has that or has it not. For each name, kind and pair of
 * serializers ever used a small object stays, since handles may be held of it.
 * Thread-safe.
 */
final class Catalogue {

    private final Runnable checkOpen;

    private final Gate gate;

    private final RecordStates recordStates;

    private final PagedStates pagedStates;

    private final Map<Path, State> byPath = new ConcurrentHashMap<>();

    // of all states that handles may be held of; guarded by this
    private final Map<Identity, StoredState> stored = new HashMap<>();

    private int nextId = 1; // guarded by this

    /**
     * Creates a catalogue without states.
     * @param checkOpen throws if the store is closed
     * @param gate passed by whoever makes or drops a state
     * @param recordStates the states that are made of records
     * @param pagedStates the states that are made of pages
     */
    Catalogue(Runnable checkOpen, Gate gate, RecordStates recordStates, PagedStates pagedStates) {
        this.checkOpen = checkOpen;
        this.gate = gate;
        this.recordStates = recordStates;
        this.pagedStates = pagedStates;
    }

    private StoredState stored(Identity identity) {
        return this.stored.computeIfAbsent(identity, (absent) -> {
            String description = "state " + absent.path().name() + " of scope "
                    + String.join(" / ", absent.path().scope());
            return absent.kind().isPaged() ? this.pagedStates.newState(description, this::clear)
                    : this.recordStates.newState(description);
        });
    }

    private Runnable begin(Identity identity, StoredState state) {
        int id = this.nextId;
        StateDescription description = identity.describe(id);
        Runnable release = state.begin(description, identity.temporary());
        this.byPath.put(identity.path(), new State(description, identity, state));
        this.nextId++;
        return release;
    }

    /**
     * Replaces all states by those of a checkpoint, their entries still to be read;
     * temporary states go on without entries. Only the opening thread is there, or the
     * gate is shut.
     * @param states the states
     * @param next the id of the next new state
     * @param logBytes the bytes of log that the checkpoint has
     */
    synchronized void replace(List<RecordedState> states, int next, long logBytes) {
        List<Runnable> releases = new ArrayList<>();
        List<State> before = List.copyOf(this.byPath.values());
        before.forEach((state) -> releases.add(state.stored().end()));
        this.byPath.clear();
        this.nextId = next;
        for (RecordedState recorded : states) {
            Identity identity = Identity.of(recorded.description());
            StoredState state = stored(identity);
            releases.add(state.recover(recorded, logBytes));
            this.byPath.put(identity.path(), new State(recorded.description(), identity, state));
        }
        for (State state : before) {
            if (state.identity().temporary() && !this.byPath.containsKey(state.identity().path())) {
                releases.add(begin(state.identity(), state.stored()));
            }
        }
        releases.forEach(Runnable::run);
    }

    /**
     * The records of a state, which is made if it does not exist.
     * @throws IncompatibleStateException if it exists as something else
     */
    RecordStore records(Identity identity) {
        return ((RecordStates.Stored) open(identity)).records();
    }

    /**
     * The pages of a state, which is made if it does not exist.
     * @throws IncompatibleStateException if it exists as something else
     */
    PagedState pages(Identity identity) {
        return ((PagedStates.Stored) open(identity)).actions();
    }

    private StoredState open(Identity wanted) {
        this.checkOpen.run();
        State state = this.byPath.get(wanted.path());
        while (state == null) {
            this.gate.run(() -> make(wanted));
            state = this.byPath.get(wanted.path());
        }
        if (!state.identity().equals(wanted)) {
            throw new IncompatibleStateException(
                    "state " + wanted.path().name() + " of scope " + String.join(" / ", wanted.path().scope())
                            + " exists as " + state.identity() + " and cannot be opened as " + wanted);
        }
        return state.stored();
    }

    private synchronized void make(Identity identity) {
        if (!this.byPath.containsKey(identity.path())) {
            begin(identity, stored(identity)).run();
        }
    }

    /**
     * Takes all entries from a state: it goes on under another id. What it consisted of
     * is freed in the background.
     */
    void clear(RecordStore records) {
        clear(() -> find((state) -> state instanceof RecordStates.Stored stored && stored.records() == records),
                records::checkPresent);
    }

    private void clear(StoredState wanted) {
        clear(() -> find((state) -> state == wanted), ((PagedStates.Stored) wanted)::checkPresent);
    }

    private void clear(Supplier<@Nullable State> finding, Runnable checkPresent) {
        this.checkOpen.run();
        AtomicReference<@Nullable Runnable> release = new AtomicReference<>();
        this.gate.run(() -> release.set(restart(finding)));
        Runnable found = release.get();
        if (found == null) {
            checkPresent.run();
            return;
        }
        found.run();
    }

    private synchronized @Nullable Runnable restart(Supplier<@Nullable State> finding) {
        State state = finding.get();
        return (state != null) ? begin(state.identity(), state.stored()) : null;
    }

    private @Nullable State find(Predicate<StoredState> wanted) {
        for (State state : this.byPath.values()) {
            if (wanted.test(state.stored())) {
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
        this.checkOpen.run();
        AtomicReference<@Nullable Runnable> release = new AtomicReference<>();
        Path path = new Path(List.copyOf(scope), name);
        this.gate.run(() -> release.set(end(path)));
        Runnable found = release.get();
        if (found != null) {
            found.run();
        }
        return found != null;
    }

    private synchronized @Nullable Runnable end(Path path) {
        State state = this.byPath.remove(path);
        return (state != null) ? state.stored().end() : null;
    }

    /** Waits while a restore replaces the states. */
    synchronized boolean exists(List<String> scope, String name) {
        this.checkOpen.run();
        return this.byPath.containsKey(new Path(List.copyOf(scope), name));
    }

    /** All states that a checkpoint has, by id. Consistent while the gate is closed. */
    List<RecordedState> states() {
        List<RecordedState> states = new ArrayList<>();
        this.byPath.values().forEach((state) -> {
            RecordedState recorded = state.identity().temporary() ? null : state.stored().record(state.description());
            if (recorded != null) {
                states.add(recorded);
            }
        });
        states.sort(Comparator.comparingInt((recorded) -> recorded.description().id()));
        return states;
    }

    /** What is known of all states, by scope and name. */
    List<StateSummary> summaries() {
        List<StateSummary> summaries = new ArrayList<>();
        this.byPath.values()
            .forEach((state) -> summaries.add(new StateSummary(state.description().scope(), state.description().name(),
                    state.description().kind().toString(), state.identity().temporary(), state.stored().entries(),
                    state.stored().pages())));
        summaries.sort(Comparator.comparing((StateSummary summary) -> String.join("\0", summary.scope()))
            .thenComparing(StateSummary::name));
        return summaries;
    }

    synchronized int nextId() {
        return this.nextId;
    }

    int size() {
        return this.byPath.size();
    }

    /** A state's scope and its name there. */
    record Path(List<String> scope, String name) {
    }

    /** What makes two handles be of one state. */
    record Identity(Path path, StateKind kind, String keySerializer, String valueSerializer, boolean temporary) {

        static Identity of(StateDescription state) {
            return new Identity(new Path(state.scope(), state.name()), state.kind(), state.keySerializer(),
                    state.valueSerializer(), false);
        }

        StateDescription describe(int id) {
            return new StateDescription(id, this.kind, this.path.scope(), this.path.name(), this.keySerializer,
                    this.valueSerializer);
        }

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder(this.temporary ? "temporary " : "").append(this.kind);
            if (!this.keySerializer.isEmpty()) {
                text.append(" with keys by ").append(this.keySerializer);
            }
            if (!this.valueSerializer.isEmpty()) {
                text.append(this.keySerializer.isEmpty() ? " by " : " and values by ").append(this.valueSerializer);
            }
            return text.toString();
        }

    }

    private record State(StateDescription description, Identity identity, StoredState stored) {
    }

}
