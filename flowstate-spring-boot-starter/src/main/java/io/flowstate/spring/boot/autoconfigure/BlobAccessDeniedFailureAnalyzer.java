package io.flowstate.spring.boot.autoconfigure;

import io.flowstate.azure.BlobAccessDeniedException;

import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says which credentials are asked for, and what they must allow. */
final class BlobAccessDeniedFailureAnalyzer extends StoreFailureAnalyzer<BlobAccessDeniedException> {

    @Override
    FailureAnalysis explain(BlobAccessDeniedException cause) {
        return new FailureAnalysis("The blob storage refuses access to the state: " + cause.getMessage() + ".",
                "Give the identity of this application the role Storage Blob Data Contributor on the container, or"
                        + " correct the credentials under spring.cloud.azure.storage.blob. A SAS needs the permissions"
                        + " read, add, create, write, delete and list.",
                cause);
    }

}
