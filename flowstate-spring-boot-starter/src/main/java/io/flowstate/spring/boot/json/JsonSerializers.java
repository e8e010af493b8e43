package io.flowstate.spring.boot.json;

import java.util.Objects;

import io.flowstate.serialization.Serializer;
import io.flowstate.storage.StateException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Makes serializers that keep records and beans as JSON in UTF-8. A bean of an
 * application that has {@code org.springframework.boot:spring-boot-starter-jackson} (or a
 * starter that brings it, such as the one for web applications), made with its
 * {@link JsonMapper}. Used by any thread.
 *
 * <p>
 * <b>For values, not for keys.</b> The bytes do not stand in the order of the values, and
 * a setting of the mapper that changes would make another key of an equal value. Keys of
 * several parts are made by {@link io.flowstate.serialization.Serializers#composite
 * composite}.
 *
 * <p>
 * <b>When a type changes.</b> A property that was added is null, or what Jackson makes of
 * a missing one, in values that were stored before. One that was removed or renamed is a
 * {@link StateException} at reading rather than data lost in silence, whatever the
 * mapper's setting; {@code @JsonIgnoreProperties} and {@code @JsonAlias} on the type
 * allow it. The mapper's other settings apply, such as the naming of properties, and
 * should stay as they were.
 *
 * <p>
 * <b>No class is chosen by data.</b> The mapper's default typing is turned off, and a
 * type is refused that asks for class names in its JSON
 * ({@code @JsonTypeInfo(use = Id.CLASS)}); {@code Id.NAME} works.
 */
public final class JsonSerializers {

    private final JsonMapper mapper;

    /**
     * Creates a source of serializers.
     * @param mapper the application's; a copy of it is used, and it stays as it is
     */
    public JsonSerializers(JsonMapper mapper) {
        this.mapper = mapper.rebuild()
            .deactivateDefaultTyping()
            .polymorphicTypeValidator(new ClassNamesRefused())
            .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .disable(MapperFeature.SORT_CREATOR_PROPERTIES_FIRST)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(SerializationFeature.INDENT_OUTPUT)
            .build();
    }

    /**
     * Makes the serializer of a class.
     * @param <T> the type of the values
     * @param name the serializer's name: stored with the state, so better not that of a
     * class that may be renamed; 1 to {@value Serializer#MAX_NAME_LENGTH} characters
     * @param type the class, a record or a bean as a rule
     * @return the serializer
     * @throws IllegalArgumentException if Jackson cannot read the type
     */
    public <T> Serializer<T> of(String name, Class<T> type) {
        return create(name, this.mapper.constructType(Objects.requireNonNull(type, "type")));
    }

    /**
     * Makes the serializer of a generic type.
     * @param <T> the type of the values
     * @param name the serializer's name, see {@link #of(String, Class)}
     * @param type the type, as in {@code new TypeReference<List<Item>>() }&#123;&#125;
     * @return the serializer
     * @throws IllegalArgumentException if Jackson cannot read the type
     */
    public <T> Serializer<T> of(String name, TypeReference<T> type) {
        return create(name, this.mapper.constructType(Objects.requireNonNull(type, "type")));
    }

    private <T> Serializer<T> create(String name, JavaType type) {
        if (name.isEmpty() || name.length() > Serializer.MAX_NAME_LENGTH) {
            throw new IllegalArgumentException("the name of a serializer must have 1 to " + Serializer.MAX_NAME_LENGTH
                    + " characters, but had " + name.length());
        }
        return new JsonSerializer<>(name, type, this.mapper);
    }

}
