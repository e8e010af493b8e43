package io.flowstate.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;

/**
 * Moves the files of a store out of the way, within their directory: {@code NAME} becomes
 * {@code NAME.aside-N}, N being the first number that is free for all of them. Nothing
 * that reads a store looks at such names, and nothing deletes them.
 */
final class SetAside {

    private static final String SUFFIX = ".aside-";

    private SetAside() {
    }

    /**
     * Moves files aside, durable when it returns.
     * @param files how files are reached
     * @param directory where they are; locked meanwhile
     * @param owner who does it
     * @param ours tells which names are moved
     */
    static void move(LocalFiles files, Path directory, String owner, Predicate<String> ours) {
        DirectoryLock lock = DirectoryLock.take(files, directory, owner);
        try {
            List<String> names = files.list(lock.directory());
            int number = firstFree(names);
            for (String name : names) {
                if (ours.test(name)) {
                    files.rename(lock.directory().resolve(name), lock.directory().resolve(name + SUFFIX + number));
                }
            }
            files.forceDirectory(lock.directory());
        }
        catch (IOException ex) {
            throw StorageErrors.of("set aside the files in", lock.directory(), ex);
        }
        finally {
            lock.close();
        }
    }

    private static int firstFree(List<String> names) {
        for (int number = 1;; number++) {
            String suffix = SUFFIX + number;
            if (names.stream().noneMatch((name) -> name.endsWith(suffix))) {
                return number;
            }
        }
    }

}
