package io.flowstate.spring.boot.autoconfigure;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.flowstate.compression.Compression;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.util.ClassUtils;

/**
 * Finds the compression that a setting names: a built-in one, or a bean with that id.
 */
final class ChosenCompression {

    private static final String ZSTD_LIBRARY = "com.github.luben.zstd.ZstdCompressCtx";

    private ChosenCompression() {
    }

    /**
     * Finds a compression.
     * @param id the setting
     * @param beans the compressions of the application
     * @return the one with that id
     * @throws InvalidSettingsException if there is none, or not exactly one, or its
     * library is missing
     */
    static Compression find(String id, ObjectProvider<Compression> beans) {
        if (id.equals(Compression.zstd().id()) && !ClassUtils.isPresent(ZSTD_LIBRARY, null)) {
            throw new InvalidSettingsException("compression is zstd, which needs a library that is not on the class"
                    + " path; add the dependency com.github.luben:zstd-jni, 1.5.7 or newer");
        }
        return Compression.builtIn(id).orElseGet(() -> findBean(id, beans.orderedStream().toList()));
    }

    private static Compression findBean(String id, List<Compression> beans) {
        List<Compression> found = beans.stream().filter((bean) -> bean.id().equals(id)).toList();
        if (found.isEmpty()) {
            throw new InvalidSettingsException("compression must be one of " + known(beans) + ", but was " + id
                    + "; a Compression bean of that id makes it one");
        }
        if (found.size() > 1) {
            throw new InvalidSettingsException(
                    "compression is " + id + ", but there are " + found.size() + " Compression beans of that id");
        }
        return found.get(0);
    }

    private static String known(List<Compression> beans) {
        Stream<Compression> builtIn = Stream.of(Compression.none(), Compression.zlib(), Compression.zstd());
        return Stream.concat(builtIn, beans.stream()).map(Compression::id).distinct().collect(Collectors.joining(", "));
    }

}
