package io.flowstate.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import io.flowstate.testing.ForwardingFiles;

/**
 * Files that count how many of them are open, and refuse to be used after they were
 * closed.
 */
final class HandleCounter extends ForwardingFiles {

    private final AtomicInteger open = new AtomicInteger();

    HandleCounter(LocalFiles files) {
        super(files);
    }

    int open() {
        return this.open.get();
    }

    @Override
    protected LocalFile wrap(Path path, LocalFile opened) {
        return new CountedFile(opened);
    }

    private final class CountedFile extends ForwardingFile {

        private final AtomicBoolean closed = new AtomicBoolean();

        private CountedFile(LocalFile file) {
            super(file);
            HandleCounter.this.open.incrementAndGet();
        }

        @Override
        public void close() throws IOException {
            if (this.closed.compareAndSet(false, true)) {
                HandleCounter.this.open.decrementAndGet();
            }
            super.close();
        }

    }

}
