package io.flowstate.compression;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/** What a user's decompress function may return, and should not. */
final class MisbehavingStreams {

    private MisbehavingStreams() {
    }

    /** Never ends. */
    static final class Endless extends InputStream {

        @Override
        public int read() {
            return 1;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            Arrays.fill(target, offset, offset + length, (byte) 1);
            return length;
        }

    }

    /** Fails at once. */
    static final class Broken extends InputStream {

        @Override
        public int read() throws IOException {
            throw new IOException("broken");
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            throw new IOException("broken");
        }

    }

    /** Says that it has read more than it was asked for. */
    static final class Boaster extends InputStream {

        @Override
        public int read() {
            return 1;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            return length + 1;
        }

    }

    /** Returns nothing, and does not end. */
    static final class Silent extends InputStream {

        @Override
        public int read() {
            return -1;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            return 0;
        }

    }

}
