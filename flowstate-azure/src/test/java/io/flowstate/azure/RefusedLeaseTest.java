package io.flowstate.azure;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpPipelineCallContext;
import com.azure.core.http.HttpPipelineNextPolicy;
import com.azure.core.http.HttpPipelinePosition;
import com.azure.core.http.HttpResponse;
import com.azure.core.http.policy.HttpPipelinePolicy;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobContainerClientBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;
import io.flowstate.storage.StorageUnavailableException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A service that goes on refusing a condition does not keep an opening for ever. */
@ExtendWith(Azurite.class)
class RefusedLeaseTest {

    private final BlobContainerClient container = Azurite.newContainer();

    @TempDir
    Path local;

    /** Makes each condition on the lock blob one that does not hold. */
    private static final class Refusing implements HttpPipelinePolicy {

        private final AtomicInteger writes = new AtomicInteger();

        @Override
        public HttpPipelinePosition getPipelinePosition() {
            return HttpPipelinePosition.PER_CALL; // before the request is signed
        }

        @Override
        public Mono<HttpResponse> process(HttpPipelineCallContext context, HttpPipelineNextPolicy next) {
            boolean lock = context.getHttpRequest().getUrl().getPath().endsWith(BlobPlace.LOCK);
            if (lock && context.getHttpRequest().getHttpMethod() == HttpMethod.PUT) {
                this.writes.incrementAndGet();
                context.getHttpRequest().getHeaders().remove(HttpHeaderName.IF_NONE_MATCH);
                context.getHttpRequest().setHeader(HttpHeaderName.IF_MATCH, "\"0x8D00000000000000\"");
            }
            return next.process();
        }

    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void anOpeningWhoseLeaseIsRefusedAgainAndAgainEnds() {
        Refusing refusing = new Refusing();
        BlobContainerClient client = new BlobContainerClientBuilder().connectionString(Azurite.connectionString())
            .containerName(this.container.getBlobContainerName())
            .addPolicy(refusing)
            .buildClient();
        StateManagerOptions options = StateManagerOptions.builder()
            .persistentStorage(AzureBlobStorage.in(client, "orders"))
            .temporaryDirectory(this.local)
            .build();

        assertThatThrownBy(() -> StateManager.open(options)).isInstanceOf(StorageUnavailableException.class)
            .hasMessageContaining("refused")
            .hasMessageContaining(BlobPlace.LOCK);

        assertThat(refusing.writes.get()).isBetween(1, 10);
    }

}
