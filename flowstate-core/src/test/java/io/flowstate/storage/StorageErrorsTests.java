package io.flowstate.storage;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link StorageErrors}.
 */
class StorageErrorsTests {

    private static final Path PATH = Path.of("/data/file");

    @Test
    void noRoomIsSaidAsSuch() {
        assertThat(error(new IOException("No space left on device"))).isInstanceOf(StorageFullException.class)
            .hasMessage("cannot write /data/file: No space left on device; make room on the medium, or raise the"
                    + " quota, and try again");
        assertThat(error(new FileSystemException("/data/file", null, "Disk quota exceeded")))
            .isInstanceOf(StorageFullException.class)
            .hasMessageStartingWith("cannot write /data/file: Disk quota exceeded; ");
        assertThat(error(new IOException("There is not enough space on the disk")))
            .isInstanceOf(StorageFullException.class);
    }

    @Test
    void allElseMayPass() {
        assertMessage(new IOException("Input/output error"), "Input/output error; check the medium and try again");
        assertMessage(new IOException(), "IOException; check the medium and try again");
        assertMessage(new ClosedChannelException(), "ClosedChannelException; check the medium and try again");
        assertMessage(new NoSuchFileException("/data/file"), "it does not exist; check the medium and try again");
        assertMessage(new AccessDeniedException("/data/file"),
                "permission denied; give the user of this process the right to read and write there");
        assertMessage(new FileNotFoundException("/data/file (Permission denied)"),
                "(Permission denied); give the user of this process the right to read and write there");
        assertMessage(new FileNotFoundException("/data/file (Too many open files)"),
                "(Too many open files); raise the limit of open files of this process");
        assertMessage(new NotDirectoryException("/data/file"),
                "it is not a directory; choose another directory, or move the file away");
        assertMessage(new FileSystemException("/data/file", null, "Read-only file system"),
                "Read-only file system; mount it writable, or choose another directory");
    }

    @Test
    void theCauseIsKept() {
        IOException cause = new IOException("Input/output error");

        assertThat(error(cause)).hasCause(cause);
    }

    private static void assertMessage(IOException cause, String text) {
        assertThat(error(cause)).isInstanceOf(StorageUnavailableException.class)
            .hasMessage("cannot write /data/file: " + text);
    }

    private static StateException error(IOException cause) {
        return StorageErrors.of("write", PATH, cause);
    }

}
