package io.flowstate.spring.boot.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says what the storage "azure" lacks, and what to add. */
final class AzureSetupFailureAnalyzer extends AbstractFailureAnalyzer<AzureSetupException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, AzureSetupException cause) {
        return new FailureAnalysis(cause.getMessage() + ".", cause.action(), cause);
    }

}
