package io.flowstate.spring.boot.autoconfigure;

import io.flowstate.azure.ContainerMissingException;

import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says which container does not exist, and how it can come about. */
final class ContainerMissingFailureAnalyzer extends StoreFailureAnalyzer<ContainerMissingException> {

    @Override
    FailureAnalysis explain(ContainerMissingException cause) {
        return new FailureAnalysis("The blob container of the state does not exist: " + cause.getMessage() + ".",
                "Create it, correct flowstate.azure.container or the account under spring.cloud.azure.storage.blob, or"
                        + " let it be made at start with flowstate.azure.create-container=true.",
                cause);
    }

}
