package io.flowstate.serialization;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

import io.flowstate.storage.StateException;

/**
 * Constants of an enum by their names in UTF-8, never by their ordinals: constants may be
 * added and moved. For the same reason their order is that of the names.
 *
 * @param <E> the enum
 */
final class EnumSerializer<E extends Enum<E>> implements Serializer<E> {

    private static final int MAX_SHOWN_LENGTH = 100;

    private final String name;

    private final String typeName;

    private final Map<String, E> constants;

    EnumSerializer(String typeName, Class<E> type) {
        E[] values = Objects.requireNonNull(type, "type").getEnumConstants();
        if (values == null) {
            throw new IllegalArgumentException("expected the class of an enum, but " + type.getName() + " is none");
        }
        this.name = SerializerName.composed("enum", typeName);
        this.typeName = type.getName();
        this.constants = new HashMap<>();
        for (E value : values) {
            this.constants.put(value.name(), value);
        }
    }

    @Override
    public String name() {
        return this.name;
    }

    @Override
    public void write(E value, SerializerOutput output) {
        output.writeUtf8(value.name());
    }

    @Override
    public E read(SerializerInput input) {
        String text = input.readRemainingUtf8();
        E value = this.constants.get(text);
        if (value == null) {
            throw new StateException("serializer " + this.name + " found " + shown(text) + ", which is no constant of "
                    + this.typeName + "; was it renamed or removed?");
        }
        return value;
    }

    // What may be a name of the program's is shown. Anything else is somebody's data.
    private static String shown(String text) {
        boolean identifier = !text.isEmpty() && text.length() <= MAX_SHOWN_LENGTH
                && Character.isJavaIdentifierStart(text.charAt(0))
                && text.chars().allMatch(Character::isJavaIdentifierPart);
        return identifier ? text : "a text of " + text.length() + " characters";
    }

}
