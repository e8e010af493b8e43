package io.flowstate.torture;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;

import io.flowstate.internal.pagetable.ImageAddress;
import io.flowstate.storage.LocalFiles;
import io.flowstate.testing.ForwardingFiles;
import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Files that tell which images were written to the page log, and can hold its sync. Only
 * the checkpoint thread writes there; any thread may ask.
 */
final class PageLogWatch extends ForwardingFiles {

    private static final int MAGIC = 0x31474150; // as PageImage draws it

    private static final int PAYLOAD_AT = 24;

    private final ByteArrayOutputStream written = new ByteArrayOutputStream(); // guarded
                                                                               // by
                                                                               // itself

    private volatile @Nullable HeldSync held; // the test writes

    PageLogWatch(LocalFiles files) {
        super(files);
    }

    /**
     * An image of a state page.
     *
     * @param page the id of the state and the number of the page
     * @param checksum of the content, wherever it lies
     * @param bytes what it takes in the log
     */
    record Image(long page, int checksum, int bytes) {
    }

    /** The bytes written since images were taken last. */
    long writtenBytes() {
        synchronized (this.written) {
            return this.written.size();
        }
    }

    /** The images written since they were taken last, in the order of writing. */
    List<Image> takeImages() {
        byte[] bytes;
        synchronized (this.written) {
            bytes = this.written.toByteArray();
            this.written.reset();
        }
        List<Image> images = new ArrayList<>();
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < bytes.length;) {
            int length = ImageAddress.UNIT_BYTES;
            if (buffer.getInt(at + 4) == MAGIC) {
                length = ImageAddress.padded(buffer.getInt(at + 8));
                CRC32C crc = new CRC32C();
                crc.update(bytes, at + PAYLOAD_AT, buffer.getInt(at + 8) - PAYLOAD_AT);
                long page = (long) buffer.getInt(at + 12) << 32 | buffer.getInt(at + 16);
                images.add(new Image(page, (int) crc.getValue(), length));
            }
            at += length;
        }
        return images;
    }

    /** Holds the next sync of the page log, and those after it. */
    HeldSync holdSync() {
        HeldSync holding = new HeldSync();
        this.held = holding;
        return holding;
    }

    @Override
    protected LocalFile wrap(Path path, LocalFile opened) {
        return path.getFileName().toString().startsWith("pages-") ? new PageLogFile(opened)
                : new ForwardingFile(opened) {
                };
    }

    private final class PageLogFile extends ForwardingFile {

        private PageLogFile(LocalFile file) {
            super(file);
        }

        @Override
        public void write(long position, ByteBuffer source) throws IOException {
            byte[] bytes = new byte[source.remaining()];
            source.duplicate().get(bytes);
            synchronized (PageLogWatch.this.written) {
                PageLogWatch.this.written.writeBytes(bytes);
            }
            super.write(position, source);
        }

        @Override
        public void force() throws IOException {
            HeldSync holding = PageLogWatch.this.held;
            if (holding != null) {
                holding.stop();
            }
            super.force();
        }

    }

    /** Stops each sync until it is closed. */
    static final class HeldSync implements AutoCloseable {

        private final CountDownLatch arrived = new CountDownLatch(1);

        private final CountDownLatch released = new CountDownLatch(1);

        private void stop() {
            this.arrived.countDown();
            await(this.released);
        }

        /** Waits until a sync is held. */
        void awaitCaller() {
            await(this.arrived);
        }

        private static void await(CountDownLatch latch) {
            try {
                assertThat(latch.await(10, TimeUnit.MINUTES)).isTrue();
            }
            catch (InterruptedException ex) {
                throw new AssertionError("nobody interrupts a test", ex);
            }
        }

        @Override
        public void close() {
            this.released.countDown();
        }

    }

}
