package io.flowstate.samples.wordcount;

import io.flowstate.serialization.Serializer;
import io.flowstate.serialization.SerializerInput;
import io.flowstate.serialization.SerializerOutput;

/**
 * How far the counting has come.
 *
 * @param pass the number of the present pass, from 1
 * @param line how many lines of that pass have been counted
 */
record Position(int pass, int line) {

    static final Position START = new Position(1, 0);

    static final Serializer<Position> SERIALIZER = new PositionSerializer();

    Position nextLine() {
        return new Position(this.pass, this.line + 1);
    }

    Position nextPass() {
        return new Position(this.pass + 1, 0);
    }

    @Override
    public String toString() {
        return "pass " + this.pass + ", line " + this.line;
    }

    private static final class PositionSerializer implements Serializer<Position> {

        @Override
        public String name() {
            return "word-count-position-1";
        }

        @Override
        public void write(Position position, SerializerOutput output) {
            output.writeInt(position.pass());
            output.writeInt(position.line());
        }

        @Override
        public Position read(SerializerInput input) {
            return new Position(input.readInt(), input.readInt());
        }

    }

}
