package io.flowstate.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Where stores lie while they are measured: below {@code java.io.tmpdir}. */
final class Directories {

    private Directories() {
    }

    static Path create() throws IOException {
        return Files.createTempDirectory("benchmark");
    }

    /** The bytes of all files, which a store may still delete meanwhile. */
    static long size(Path directory) throws IOException {
        try (Stream<Path> walk = Files.walk(directory)) {
            return walk.mapToLong((path) -> path.toFile().isFile() ? path.toFile().length() : 0).sum();
        }
    }

    static void delete(Path directory) throws IOException {
        List<Path> paths;
        try (Stream<Path> walk = Files.walk(directory)) {
            paths = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : paths) {
            Files.delete(path);
        }
    }

}
