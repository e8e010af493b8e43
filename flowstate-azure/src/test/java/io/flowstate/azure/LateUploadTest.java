package io.flowstate.azure;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpPipelineCallContext;
import com.azure.core.http.HttpPipelineNextPolicy;
import com.azure.core.http.HttpResponse;
import com.azure.core.http.policy.HttpPipelinePolicy;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobContainerClientBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import io.flowstate.storage.LogDevice;
import io.flowstate.storage.LogSegment;

import static org.assertj.core.api.Assertions.assertThat;

/** An object whose upload ends after its segment was deleted does not stay. */
@ExtendWith(Azurite.class)
class LateUploadTest {

    private static final int OBJECT_SIZE = 64 << 10;

    private final BlobContainerClient container = Azurite.newContainer();

    /** Holds uploads of the log, and tells when one was begun and when one is deleted. */
    private static final class Holding implements HttpPipelinePolicy {

        private final CountDownLatch begun = new CountDownLatch(1);

        private final CountDownLatch release = new CountDownLatch(1);

        private final CountDownLatch deleted = new CountDownLatch(1);

        @Override
        public Mono<HttpResponse> process(HttpPipelineCallContext context, HttpPipelineNextPolicy next) {
            boolean log = context.getHttpRequest().getUrl().getPath().contains("hlog.log");
            HttpMethod method = context.getHttpRequest().getHttpMethod();
            if (log && method == HttpMethod.PUT) {
                return Mono.fromRunnable(this::hold)
                    .subscribeOn(Schedulers.boundedElastic())
                    .then(Mono.defer(next::process));
            }
            if (log && method == HttpMethod.DELETE) {
                return next.process().doOnNext((response) -> this.deleted.countDown());
            }
            return next.process();
        }

        private void hold() {
            this.begun.countDown();
            try {
                this.release.await();
            }
            catch (InterruptedException ex) {
                throw new IllegalStateException(ex);
            }
        }

    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void anObjectThatArrivesAfterItsSegmentWasDeletedIsDeleted() throws InterruptedException {
        Holding holding = new Holding();
        BlobContainerClient client = new BlobContainerClientBuilder().connectionString(Azurite.connectionString())
            .containerName(this.container.getBlobContainerName())
            .addPolicy(holding)
            .buildClient();
        LogSegment segment = new LogSegment("record", 1, 0, 64);
        try (LogDevice device = AzureBlobStorage.builder()
            .container(client)
            .prefix("orders")
            .objectSize(OBJECT_SIZE)
            .tryTimeout(Duration.ofMinutes(1))
            .deadline(Duration.ofMinutes(1))
            .build()
            .logDeviceFactory()
            .open("a test")) {
            device.create(segment);
            device.write(segment, 0, ByteBuffer.allocate(OBJECT_SIZE * 3 / 2));
            holding.begun.await();

            device.delete(segment);
            holding.release.countDown();

            holding.deleted.await();
        }
        assertThat(this.container.listBlobs().stream().map((blob) -> blob.getName()))
            .noneMatch((name) -> name.contains(BlobPlace.LOG));
    }

}
