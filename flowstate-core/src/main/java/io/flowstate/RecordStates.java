package io.flowstate;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.flowstate.internal.checkpoint.RecordedState;
import io.flowstate.internal.checkpoint.StateDescription;
import io.flowstate.internal.checkpoint.StateKind;
import io.flowstate.internal.hybridlog.LogRecord;
import io.flowstate.internal.kv.RecordEngine;
import io.flowstate.internal.kv.RecordStore;
import io.flowstate.internal.kv.RecordTable;
import org.jspecify.annotations.Nullable;

/**
 * The states whose entries are records in the record log: maps, counters, values. Their
 * tables are found by any thread; they are changed by one at a time.
 */
final class RecordStates {

    /** The index of a state with one key has room for this many at first. */
    private static final long ONE_KEY = 1;

    /** The index of any other state has room for this many at first. */
    private static final long SOME_KEYS = 40;

    private final RecordEngine engine;

    private final Map<Integer, RecordStore> byId = new ConcurrentHashMap<>();

    private volatile List<RecordTable> tables = List.of(); // has a table before a handle
                                                           // can reach it

    private volatile List<RecordTable> checkpointed = List.of(); // those of them that
                                                                 // checkpoints have

    RecordStates(RecordEngine engine) {
        this.engine = engine;
    }

    /**
     * Makes a state, which is nothing yet.
     * @param description what messages call it
     */
    Stored newState(String description) {
        return new Stored(new RecordStore(this.engine, description));
    }

    /** The records of a state id, null if there is no such state. */
    @Nullable RecordStore byId(int id) {
        return this.byId.get(id);
    }

    /** The tables of all states. */
    Collection<RecordTable> tables() {
        return this.tables;
    }

    /** The tables of the states that checkpoints have. */
    Collection<RecordTable> checkpointedTables() {
        return this.checkpointed;
    }

    private static List<RecordTable> with(List<RecordTable> tables, RecordTable added) {
        List<RecordTable> more = new ArrayList<>(tables);
        more.add(added);
        return List.copyOf(more);
    }

    private static List<RecordTable> without(List<RecordTable> tables, RecordTable gone) {
        return tables.stream().filter((table) -> table != gone).toList();
    }

    private static long expectedEntries(StateKind kind) {
        return (kind == StateKind.VALUE) ? ONE_KEY : SOME_KEYS;
    }

    /** One of the states. */
    final class Stored implements StoredState {

        private final RecordStore records;

        private Stored(RecordStore records) {
            this.records = records;
        }

        RecordStore records() {
            return this.records;
        }

        @Override
        public Runnable begin(StateDescription description, boolean temporary) {
            return replace(
                    new RecordTable(RecordStates.this.engine, description.id(), expectedEntries(description.kind())),
                    temporary);
        }

        @Override
        public Runnable recover(RecordedState recorded, long logBytes) {
            StateDescription description = recorded.description();
            // no state can have more entries than fit the log
            long entries = Math.min(recorded.entries(), logBytes / LogRecord.HEADER_BYTES);
            return replace(new RecordTable(RecordStates.this.engine, description.id(),
                    Math.max(expectedEntries(description.kind()), entries), Math.min(recorded.liveBytes(), logBytes),
                    Math.min(recorded.keys(), entries)), false);
        }

        @Override
        public Runnable end() {
            return replace(null, false);
        }

        private Runnable replace(@Nullable RecordTable next, boolean temporary) {
            RecordStates states = RecordStates.this;
            RecordTable gone = this.records.table();
            if (next != null) {
                states.tables = with(states.tables, next); // before the first record
                if (!temporary) {
                    states.checkpointed = with(states.checkpointed, next);
                }
                states.byId.put(next.stateId(), this.records);
            }
            this.records.table(next);
            if (gone == null) {
                return () -> {
                };
            }
            states.byId.remove(gone.stateId());
            states.tables = without(states.tables, gone);
            states.checkpointed = without(states.checkpointed, gone);
            return gone::release;
        }

        @Override
        public long entries() {
            RecordTable table = this.records.table();
            return (table != null) ? table.estimatedSize() : 0;
        }

        @Override
        public long pages() {
            return 0;
        }

        @Override
        public @Nullable RecordedState record(StateDescription description) {
            RecordTable table = this.records.table();
            return (table != null)
                    ? new RecordedState(description, table.entries(), table.liveBytes(), table.estimatedSize(), null)
                    : null;
        }

    }

}
