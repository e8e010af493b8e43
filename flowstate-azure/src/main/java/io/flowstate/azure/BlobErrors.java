package io.flowstate.azure;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

import com.azure.core.exception.ClientAuthenticationException;
import com.azure.core.exception.HttpResponseException;
import com.azure.core.exception.UnexpectedLengthException;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpResponse;
import com.azure.storage.blob.models.BlobErrorCode;
import com.azure.storage.blob.models.BlobStorageException;
import org.jspecify.annotations.Nullable;

import io.flowstate.storage.StateException;
import io.flowstate.storage.StorageFullException;
import io.flowstate.storage.StorageUnavailableException;

/**
 * Turns what the SDK throws into an error of our family, once, at the edge: what was
 * tried, on which blob, why it failed, what to do. No secret gets through: messages of
 * the SDK, its causes included, are copied with everything that may be one blanked out.
 */
final class BlobErrors {

    private static final Pattern SECRET = Pattern
        .compile("(?i)(sig=|AccountKey=|SharedAccessSignature=|SharedKey\\s+[^:\\s]+:|Bearer\\s+|"
                + "HTTP request ')[^&;'\"<>\\s]+");

    private static final HttpHeaderName RETRY_AFTER_MILLIS = HttpHeaderName.fromString("x-ms-retry-after-ms");

    private BlobErrors() {
    }

    /** The status that the service answered with, 0 if it did not answer. */
    static int status(Throwable failure) {
        HttpResponse response = (failure instanceof HttpResponseException ex) ? ex.getResponse() : null;
        return (response != null) ? response.getStatusCode() : 0;
    }

    /** Whether a condition of a request did not hold: someone else was first. */
    static boolean isConditionFailed(Throwable failure) {
        return status(failure) == 412
                || (status(failure) == 409 && BlobErrorCode.BLOB_ALREADY_EXISTS.equals(errorCode(failure)));
    }

    /** Whether the blob does not exist, though its container does. */
    static boolean isBlobMissing(Throwable failure) {
        return status(failure) == 404 && !isContainerMissing(failure);
    }

    static boolean isContainerMissing(Throwable failure) {
        BlobErrorCode code = errorCode(failure);
        return BlobErrorCode.CONTAINER_NOT_FOUND.equals(code) || BlobErrorCode.CONTAINER_BEING_DELETED.equals(code);
    }

    private static @Nullable BlobErrorCode errorCode(Throwable failure) {
        return (failure instanceof BlobStorageException ex) ? ex.getErrorCode() : null;
    }

    /**
     * Whether the same request may succeed a little later. It may have taken effect
     * although it failed so.
     */
    static boolean mayPass(Throwable failure) {
        int status = status(failure);
        if (status != 0) {
            return status == 408 || status == 429 || (status >= 500 && status != 501 && status != 505 && status != 507);
        }
        if (failure instanceof ClientAuthenticationException) {
            return false;
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException || cause instanceof TimeoutException) {
                return true;
            }
        }
        // The service's answer was cut off.
        return failure instanceof HttpResponseException || failure instanceof UnexpectedLengthException;
    }

    /** How long the service asks to be left alone, zero if it does not say. */
    static Duration retryAfter(Throwable failure) {
        HttpResponse response = (failure instanceof HttpResponseException ex) ? ex.getResponse() : null;
        if (response == null) {
            return Duration.ZERO;
        }
        Duration millis = number(response.getHeaderValue(RETRY_AFTER_MILLIS), 1);
        return !millis.isZero() ? millis : number(response.getHeaderValue(HttpHeaderName.RETRY_AFTER), 1000);
    }

    private static Duration number(@Nullable String header, long unitMillis) {
        try {
            long count = (header != null) ? Long.parseLong(header.trim()) : 0;
            return Duration.ofMillis(Math.max(0, Math.min(count, 1_000_000)) * unitMillis);
        }
        catch (NumberFormatException ex) {
            return Duration.ZERO; // a date: our own pause has to do
        }
    }

    /**
     * The error to throw.
     * @param attempted what was tried, as in "write"; goes before the resource
     * @param resource the URL of the blob or container
     * @param failure what the SDK has thrown
     * @param tries how it was tried, for the message
     */
    static StateException of(String attempted, String resource, Throwable failure, String tries) {
        if (failure instanceof StateException ours) {
            return ours;
        }
        String message = "cannot " + attempted + " " + resource + tries + ": " + reason(failure);
        Throwable cause = withoutSecrets(failure);
        int status = status(failure);
        if (isContainerMissing(failure)) {
            return new ContainerMissingException(resource, message + "; create the container, or set create-container",
                    cause);
        }
        if (status == 401 || status == 403 || failure instanceof ClientAuthenticationException) {
            return new BlobAccessDeniedException(message + "; check the credentials of the client, the role "
                    + "(Storage Blob Data Contributor) or the permissions of the SAS (read, add, create, write, delete, "
                    + "list), and the clock of this machine", cause);
        }
        if (status == 507) {
            return new StorageFullException(message + "; make room in the account", cause);
        }
        if (mayPass(failure)) {
            return new StorageUnavailableException(message + "; check the endpoint and the network", cause);
        }
        return new StateException(message, cause);
    }

    private static String reason(Throwable failure) {
        int status = status(failure);
        if (status != 0) {
            BlobErrorCode code = errorCode(failure);
            return "the service answered " + status + ((code != null) ? " " + code : "");
        }
        Throwable root = failure;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        String text = root.getClass().getSimpleName() + ((root.getMessage() != null) ? ": " + root.getMessage() : "");
        return blanked(text.lines().findFirst().orElse(text));
    }

    private static String blanked(String text) {
        return SECRET.matcher(text).replaceAll((match) -> match.group(1).toLowerCase(Locale.ROOT) + "***");
    }

    /**
     * A copy that keeps types as words, messages and stacks, and no object of the SDK.
     */
    private static Throwable withoutSecrets(Throwable failure) {
        Throwable nested = failure.getCause();
        String message = failure.getClass().getName()
                + ((failure.getMessage() != null) ? ": " + blanked(failure.getMessage()) : "");
        StateException copy = (nested != null && nested != failure)
                ? new StateException(message, withoutSecrets(nested)) : new StateException(message);
        copy.setStackTrace(failure.getStackTrace());
        return copy;
    }

}
