package io.flowstate.torture;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * Keeps what is printed on the error stream, warnings of the store above all, off the
 * console while thousands of faults are provoked. What was said last can be shown.
 */
final class QuietErrors implements AutoCloseable {

    private static final int KEPT = 200_000;

    private final PrintStream before = System.err;

    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();

    QuietErrors() {
        System.setErr(new PrintStream(this.kept, true, StandardCharsets.UTF_8) {

            @Override
            public void write(byte[] bytes, int offset, int length) {
                if (QuietErrors.this.kept.size() > KEPT) {
                    QuietErrors.this.kept.reset();
                }
                super.write(bytes, offset, length);
            }

        });
    }

    /** Forgets what was said so far. */
    void forget() {
        this.kept.reset();
    }

    /** What was said since {@link #forget}, or the end of it. */
    String said() {
        String text = this.kept.toString(StandardCharsets.UTF_8);
        return text.substring(Math.max(0, text.length() - 4000));
    }

    @Override
    public void close() {
        System.setErr(this.before);
    }

}
