package io.flowstate.spring.boot.autoconfigure;

import org.jspecify.annotations.Nullable;

/** Settings under {@code flowstate} that do not fit; the message names the property. */
final class InvalidSettingsException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    InvalidSettingsException(@Nullable String message) {
        super(message);
    }

    InvalidSettingsException(@Nullable String message, Throwable cause) {
        super(message, cause);
    }

}
