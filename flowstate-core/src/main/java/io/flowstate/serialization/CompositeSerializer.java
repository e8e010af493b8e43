package io.flowstate.serialization;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;

import io.flowstate.storage.StateException;

/**
 * Values that are made of parts: the parts one after the other, each as its
 * {@link KeyPart} says.
 *
 * @param <T> the type of the values
 */
final class CompositeSerializer<T> implements FixedLengthSerializer<T> {

    private final String name;

    private final List<Component<T, ?>> components;

    private final Function<SerializerInput, T> reader;

    private final int lengthBytes;

    /**
     * Creates a serializer.
     * @param name its name
     * @param components what is written, in this order
     * @param reader reads the same components in the same order, and makes a value of
     * them
     */
    CompositeSerializer(String name, List<Component<T, ?>> components, Function<SerializerInput, T> reader) {
        this.name = name;
        this.components = List.copyOf(components);
        this.reader = reader;
        boolean fixed = components.stream().allMatch((component) -> component.lengthBytes() > 0);
        this.lengthBytes = fixed ? components.stream().mapToInt(Component::lengthBytes).sum() : 0;
    }

    @Override
    public String name() {
        return this.name;
    }

    @Override
    public int lengthBytes() {
        return this.lengthBytes;
    }

    @Override
    public void write(T value, SerializerOutput output) {
        Objects.requireNonNull(value, "value");
        for (int i = 0; i < this.components.size(); i++) {
            this.components.get(i).write(value, output, this.name);
        }
    }

    @Override
    public T read(SerializerInput input) {
        try {
            return this.reader.apply(input);
        }
        catch (StateException ex) {
            throw ex;
        }
        catch (RuntimeException ex) {
            // The constructor takes everything that was ever written, so the bytes are
            // wrong.
            throw new StateException("serializer " + this.name + " read parts that are refused by what they belong to;"
                    + " was the value written with the same serializer?", ex);
        }
    }

    /**
     * A part, and how it is taken from a value.
     *
     * @param <T> the type of the values
     * @param <P> the type of the part
     */
    record Component<T, P>(KeyPart<P> part, Function<? super T, ? extends P> accessor) {

        Component {
            Objects.requireNonNull(accessor, "accessor");
        }

        private int lengthBytes() {
            return this.part.lengthBytes();
        }

        private void write(T value, SerializerOutput output, String name) {
            P taken = this.accessor.apply(value);
            if (taken == null) {
                throw new NullPointerException("a part of a value of serializer " + name + " is null");
            }
            this.part.write(taken, output);
        }

        P read(SerializerInput input) {
            return this.part.read(input);
        }

    }

}
