package io.flowstate.testing;

import java.nio.file.Path;
import java.util.List;

/**
 * Something that {@link RecordingFiles} noted. A file is known by a number, since names
 * pass from one file to another.
 */
sealed interface Operation {

    /** Changes which names there are, in one step. */
    sealed interface OfNames extends Operation {

        /** The names it changes, all in one directory. */
        List<Path> names();

        /** The directory whose force makes it durable. */
        default Path directory() {
            return names().get(0).getParent();
        }

    }

    record CreateDirectory(Path path) implements OfNames {

        @Override
        public List<Path> names() {
            return List.of(this.path);
        }

    }

    record Create(Path path, int file) implements OfNames {

        @Override
        public List<Path> names() {
            return List.of(this.path);
        }

    }

    record Rename(Path source, Path target, int file) implements OfNames {

        @Override
        public List<Path> names() {
            return List.of(this.source, this.target);
        }

    }

    record Delete(Path path) implements OfNames {

        @Override
        public List<Path> names() {
            return List.of(this.path);
        }

    }

    record ForceDirectory(Path path) implements Operation {
    }

    record Write(int file, long position, byte[] bytes) implements Operation {

        @Override
        public String toString() {
            return "Write[file=" + this.file + ", position=" + this.position + ", " + this.bytes.length + " bytes]";
        }

    }

    record Force(int file) implements Operation {
    }

    record Mark(Object value) implements Operation {
    }

}
