package io.flowstate.serialization;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/**
 * Lists: each element as a {@link KeyPart} with others behind it, and nothing at the end.
 *
 * @param <E> the type of the elements
 */
final class ListSerializer<E> implements Serializer<List<E>> {

    private final String name;

    private final KeyPart<E> element;

    ListSerializer(Serializer<E> element) {
        this.name = SerializerName.composed("list", element);
        this.element = KeyPart.inner(element);
    }

    @Override
    public String name() {
        return this.name;
    }

    @Override
    public void write(List<E> value, SerializerOutput output) {
        for (E each : value) {
            this.element.write(Objects.requireNonNull(each, "an element of a list"), output);
        }
    }

    @Override
    public List<E> read(SerializerInput input) {
        List<E> elements = new ArrayList<>();
        // Ends: an element takes a byte at least, its end if nothing else.
        while (input.remaining() > 0) {
            elements.add(this.element.read(input));
        }
        return Collections.unmodifiableList(elements);
    }

}
