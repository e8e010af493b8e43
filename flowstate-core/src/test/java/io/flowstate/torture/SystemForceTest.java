package io.flowstate.torture;

import java.io.IOException;
import java.io.SyncFailedException;
import java.nio.file.Files;
import java.nio.file.Path;

import io.flowstate.storage.LocalFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What power cuts in memory cannot see: that the real file system is asked to make
 * directories durable, each name by a force of the directory above it, and files.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "directories cannot be forced there, the file system does it")
class SystemForceTest {

    @TempDir
    Path temporary;

    private final WatchedFileSystem watched = new WatchedFileSystem();

    @Test
    void eachNewDirectoryIsMadeDurableInTheOneAboveIt() throws IOException {
        LocalFiles.system().createDirectories(this.watched.watch(this.temporary.resolve("a/b/c")));

        assertThat(Files.isDirectory(this.temporary.resolve("a/b/c"))).isTrue();
        assertThat(this.watched.events()).containsSubsequence("create " + this.temporary.resolve("a"),
                "force " + this.temporary);
        assertThat(this.watched.events()).containsSubsequence("create " + this.temporary.resolve("a/b"),
                "force " + this.temporary.resolve("a"));
        assertThat(this.watched.events()).containsSubsequence("create " + this.temporary.resolve("a/b/c"),
                "force " + this.temporary.resolve("a/b"));
    }

    @Test
    void aDirectoryThatExistsIsMadeDurableOnceMore() throws IOException {
        Path present = Files.createDirectory(this.temporary.resolve("present"));

        LocalFiles.system().createDirectories(this.watched.watch(present));
        LocalFiles.system().createDirectories(this.watched.watch(present.resolve("new")));

        assertThat(this.watched.events()).containsExactly("force " + this.temporary, "force " + this.temporary,
                "create " + present.resolve("new"), "force " + present);
    }

    @Test
    void aDirectoryIsForced() throws IOException {
        LocalFiles.system().forceDirectory(this.watched.watch(this.temporary));

        assertThat(this.watched.events()).containsExactly("force " + this.temporary);
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "elsewhere the null device lets itself be synced")
    void aFileIsForced() throws IOException {
        try (LocalFiles.LocalFile device = LocalFiles.system().openForWriting(Path.of("/dev/null"))) {
            // Whoever really asks the system to sync this device is told that it cannot
            // be done.
            assertThatExceptionOfType(SyncFailedException.class).isThrownBy(device::force);
        }
    }

}
