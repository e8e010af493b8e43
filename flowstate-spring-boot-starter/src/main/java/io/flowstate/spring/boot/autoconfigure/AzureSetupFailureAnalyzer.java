package io.flowstate.spring.boot.autoconfigure;

import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says what the storage "azure" lacks, and what to add. */
final class AzureSetupFailureAnalyzer extends StoreFailureAnalyzer<AzureSetupException> {

    @Override
    FailureAnalysis explain(AzureSetupException cause) {
        return new FailureAnalysis(cause.getMessage() + ".", cause.action(), cause);
    }

}
