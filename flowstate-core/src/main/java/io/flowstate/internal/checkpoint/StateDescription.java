package io.flowstate.internal.checkpoint;

import java.util.List;

/**
 * What the catalogue says of a state.
 *
 * @param id stands for the state in every record; never used again in a store
 * @param kind its kind
 * @param scope the names of the scopes that lead to it, outermost first
 * @param name its name in the last of them
 * @param keySerializer the name of the serializer of its keys, empty if it has none
 * @param valueSerializer the name of the serializer of its values, empty if it has none
 */
public record StateDescription(int id, StateKind kind, List<String> scope, String name, String keySerializer,
        String valueSerializer) {

    public StateDescription {
        scope = List.copyOf(scope);
    }

}
