package io.flowstate.storage;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Turns what the file system said into an error of our family, once, at the edge: what
 * was tried, on which path, why it failed, and what to do.
 */
final class StorageErrors {

    /** What Linux, macOS and Windows say when there is no room, or no room for us. */
    private static final List<String> FULL = List.of("no space left", "disk quota exceeded", "not enough space",
            "disk is full");

    private StorageErrors() {
    }

    /**
     * The error to throw.
     * @param attempted what was tried, as in "write"; goes before the path
     * @param path the file or directory
     * @param cause what the file system said
     * @return an error of the kind that the cause calls for
     */
    static StateException of(String attempted, Path path, IOException cause) {
        String message = "cannot " + attempted + " " + path + ": " + reason(path, cause);
        if (isFull(cause)) {
            return new StorageFullException(message + "; make room on the medium, or raise the quota, and try again",
                    cause);
        }
        return new StorageUnavailableException(message + "; " + advice(cause), cause);
    }

    private static boolean isFull(IOException cause) {
        String text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
        return FULL.stream().anyMatch(text::contains);
    }

    private static String reason(Path path, IOException cause) {
        if (cause instanceof NoSuchFileException) {
            return "it does not exist";
        }
        if (cause instanceof NotDirectoryException) {
            return "it is not a directory";
        }
        if (cause instanceof AccessDeniedException) {
            return "permission denied";
        }
        String text = (cause instanceof FileSystemException failure && failure.getReason() != null)
                ? failure.getReason() : cause.getMessage();
        if (text == null) {
            return cause.getClass().getSimpleName();
        }
        return text.startsWith(path + " ") ? text.substring(path.toString().length() + 1) : text;
    }

    private static String advice(IOException cause) {
        String text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
        if (cause instanceof AccessDeniedException || text.contains("permission denied")) {
            return "give the user of this process the right to read and write there";
        }
        if (text.contains("read-only file system")) {
            return "mount it writable, or choose another directory";
        }
        if (text.contains("too many open files")) {
            return "raise the limit of open files of this process";
        }
        if (cause instanceof NotDirectoryException || text.contains("not a directory")) {
            return "choose another directory, or move the file away";
        }
        return "check the medium and try again";
    }

}
