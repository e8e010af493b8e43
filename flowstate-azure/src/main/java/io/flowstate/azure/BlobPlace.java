package io.flowstate.azure;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import com.azure.core.http.HttpPipeline;
import com.azure.core.http.HttpPipelineBuilder;
import com.azure.core.http.policy.HttpPipelinePolicy;
import com.azure.core.http.policy.RetryPolicy;
import com.azure.core.http.rest.PagedResponse;
import com.azure.core.util.BinaryData;
import com.azure.core.util.Context;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobContainerClientBuilder;
import com.azure.storage.blob.models.BlobDownloadResponse;
import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.BlobRange;
import com.azure.storage.blob.models.BlobRequestConditions;
import com.azure.storage.blob.models.CustomerProvidedKey;
import com.azure.storage.blob.models.DownloadRetryOptions;
import com.azure.storage.blob.models.ListBlobsOptions;
import com.azure.storage.blob.options.BlockBlobSimpleUploadOptions;
import com.azure.storage.common.policy.RequestRetryPolicy;
import org.jspecify.annotations.Nullable;

import io.flowstate.storage.StorageUnavailableException;

/**
 * The blobs under one prefix of a container, and the few requests that are made of them.
 * All names are made here, of the prefix and what follows it; none leaves the prefix.
 *
 * <pre>
 *   PREFIX/flowstate.lock              who has the store open, see {@link PlaceLock}; never deleted
 *   PREFIX/checkpoints/manifest        see {@link ManifestBlob}
 *   PREFIX/checkpoints/...             the metadata of checkpoints, see {@link MetadataBlobs}
 *   PREFIX/hlog.log/...                the log, see {@link ObjectName}
 * </pre>
 */
final class BlobPlace {

    static final String LOCK = "flowstate.lock";

    static final String MANIFEST = "checkpoints/manifest";

    static final String CHECKPOINTS = "checkpoints/";

    static final String LOG = "hlog.log/";

    private final BlobContainerClient container;

    private final String url;

    private final String prefix;

    private final BlobRequests requests;

    BlobPlace(BlobContainerClient container, String prefix, BlobRequests requests) {
        this.container = withoutRetries(container);
        this.url = container.getBlobContainerUrl().replaceAll("[?#].*", "");
        this.prefix = prefix + "/";
        this.requests = requests;
    }

    /**
     * The same client without the retries of the SDK, which know nothing of our deadline
     * and would send a conditional write twice without our knowing.
     */
    private static BlobContainerClient withoutRetries(BlobContainerClient given) {
        HttpPipeline pipeline = given.getHttpPipeline();
        List<HttpPipelinePolicy> policies = new ArrayList<>();
        for (int i = 0; i < pipeline.getPolicyCount(); i++) {
            HttpPipelinePolicy policy = pipeline.getPolicy(i);
            if (!(policy instanceof RequestRetryPolicy) && !(policy instanceof RetryPolicy)) {
                policies.add(policy);
            }
        }
        HttpPipelineBuilder builder = new HttpPipelineBuilder().policies(policies.toArray(HttpPipelinePolicy[]::new))
            .httpClient(pipeline.getHttpClient())
            .tracer(pipeline.getTracer());
        BlobContainerClientBuilder result = new BlobContainerClientBuilder().endpoint(given.getBlobContainerUrl())
            .pipeline(builder.build())
            .serviceVersion(given.getServiceVersion());
        if (given.getEncryptionScope() != null) {
            result.encryptionScope(given.getEncryptionScope());
        }
        if (given.getCustomerProvidedKey() != null) {
            result.customerProvidedKey(new CustomerProvidedKey(given.getCustomerProvidedKey().getEncryptionKey()));
        }
        return result.buildClient();
    }

    BlobRequests requests() {
        return this.requests;
    }

    /** The URL of the container, without secrets. */
    String describeContainer() {
        return this.url;
    }

    /** The URL of what lies under a name, without secrets. */
    String describe(String name) {
        return this.url + "/" + this.prefix + name;
    }

    /** The URL of the prefix, without secrets. */
    String describe() {
        return describe("");
    }

    /** Makes the container if it does not exist. */
    void createContainer() {
        this.requests.call(RequestKind.CONTAINER, "create container", this.url,
                (attempt) -> this.container.createIfNotExistsWithResponse(null, null, Context.NONE).getStatusCode());
    }

    /**
     * Writes a blob under a condition, as one request.
     * @param name the name behind the prefix
     * @param content the whole content
     * @param expected the ETag that the blob must have, null if it must not exist
     * @return the new ETag, or none if the condition did not hold
     */
    Replaced replace(String name, BinaryData content, @Nullable String expected) {
        BlobRequestConditions conditions = new BlobRequestConditions();
        if (expected != null) {
            conditions.setIfMatch(expected);
        }
        else {
            conditions.setIfNoneMatch("*");
        }
        try {
            return new Replaced(this.container.getBlobClient(this.prefix + name)
                .getBlockBlobClient()
                .uploadWithResponse(new BlockBlobSimpleUploadOptions(content).setRequestConditions(conditions), null,
                        Context.NONE)
                .getValue()
                .getETag());
        }
        catch (RuntimeException ex) {
            if (BlobErrors.isConditionFailed(ex)) {
                return new Replaced(null);
            }
            throw ex;
        }
    }

    /**
     * Writes a blob of a name that nobody else uses: one that is there already was
     * written by an earlier try, whole or not at all.
     * @param name the name behind the prefix
     * @param content the whole content; sent again as often as needed
     * @param size the number of its bytes
     * @throws StorageUnavailableException if one of that name exists that is not ours
     */
    void create(RequestKind kind, String name, BinaryData content, long size) {
        boolean there = this.requests.call(kind, "write", describe(name),
                (attempt) -> replace(name, content, null).eTag() != null
                        || (attempt.mayHaveTakenEffect() && hasSize(name, size)));
        if (!there) {
            throw new StorageUnavailableException(
                    "cannot write " + describe(name) + ": a blob of that name exists, and not with these bytes");
        }
    }

    /** The number of bytes in a blob. */
    long size(String name) {
        return this.container.getBlobClient(this.prefix + name).getProperties().getBlobSize();
    }

    /** Asks for it in the midst of another request, and counts that. */
    private boolean hasSize(String name, long expected) {
        this.requests.counts().add(RequestKind.READ);
        return size(name) == expected;
    }

    /**
     * Reads part of a blob.
     * @param name the name behind the prefix
     * @param offset the first byte
     * @param count the number of bytes, fewer at the end of the blob
     * @return the bytes and the ETag
     */
    Content get(String name, long offset, long count) {
        BoundedOutput target = new BoundedOutput(count);
        BlobDownloadResponse response = this.container.getBlobClient(this.prefix + name)
            .downloadStreamWithResponse(target, new BlobRange(offset, count),
                    new DownloadRetryOptions().setMaxRetryRequests(0), null, false, null, Context.NONE);
        return new Content(target.toByteArray(), response.getDeserializedHeaders().getETag());
    }

    /** Reads a whole blob of at most so many bytes, or finds that it does not exist. */
    @Nullable Content find(RequestKind kind, String name, int mostBytes) {
        return this.requests.<Found>call(kind, "read", describe(name), (attempt) -> {
            try {
                return new Found(get(name, 0, mostBytes + 1L));
            }
            catch (RuntimeException ex) {
                if (BlobErrors.isBlobMissing(ex)) {
                    return new Found(null);
                }
                if (BlobErrors.status(ex) == 416) { // an empty blob has no range
                    return new Found(new Content(new byte[0], ""));
                }
                throw ex;
            }
        }).content();
    }

    /** Deletes a blob; one that does not exist is passed over. */
    void delete(String name) {
        this.requests.call(RequestKind.DELETE, "delete", describe(name),
                (attempt) -> this.container.getBlobClient(this.prefix + name).deleteIfExists());
    }

    /** Lists what lies under a name, a page a request. */
    List<Listed> list(String name) {
        List<Listed> all = new ArrayList<>();
        String start = this.prefix + name;
        String token = null;
        do {
            String from = token;
            PagedResponse<BlobItem> page = this.requests.call(RequestKind.LIST, "list", describe(name),
                    (attempt) -> this.container.listBlobs(new ListBlobsOptions().setPrefix(start), from, null)
                        .iterableByPage()
                        .iterator()
                        .next());
            for (BlobItem item : page.getElements()) {
                if (item.getName().startsWith(start)) {
                    all.add(new Listed(item.getName().substring(start.length()),
                            item.getProperties().getContentLength(),
                            item.getProperties().getLastModified().toInstant().toEpochMilli()));
                }
            }
            token = page.getContinuationToken();
        }
        while (token != null && !token.isEmpty());
        return all;
    }

    @Override
    public String toString() {
        return describe();
    }

    /** A blob in a listing: its name behind that of the listing, its size, its age. */
    record Listed(String name, long size, long lastModifiedMillis) {
    }

    /** Bytes of a blob, and the ETag that it had. */
    record Content(byte[] bytes, String eTag) {

        ByteBuffer buffer() {
            return ByteBuffer.wrap(this.bytes);
        }

    }

    /** What came of a conditional write: the new ETag, null if it was refused. */
    record Replaced(@Nullable String eTag) {
    }

    private record Found(@Nullable Content content) {
    }

    /** Keeps what is written to it, and refuses more than was asked for. */
    private static final class BoundedOutput extends ByteArrayOutputStream {

        private final long most;

        BoundedOutput(long most) {
            super((int) Math.min(most, 64 << 10));
            this.most = most;
        }

        @Override
        public synchronized void write(int b) {
            check(1);
            super.write(b);
        }

        @Override
        public synchronized void write(byte[] bytes, int offset, int length) {
            check(length);
            super.write(bytes, offset, length);
        }

        private void check(int length) {
            if (this.count + (long) length > this.most) {
                throw new IllegalStateException("the service has sent more than the " + this.most + " bytes asked for");
            }
        }

    }

}
