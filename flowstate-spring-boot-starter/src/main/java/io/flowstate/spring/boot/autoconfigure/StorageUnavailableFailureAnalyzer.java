package io.flowstate.spring.boot.autoconfigure;

import io.flowstate.storage.StorageUnavailableException;

import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says what does not answer, and how long was waited for it. */
final class StorageUnavailableFailureAnalyzer extends StoreFailureAnalyzer<StorageUnavailableException> {

    @Override
    FailureAnalysis explain(StorageUnavailableException cause) {
        return new FailureAnalysis("The storage of the state does not answer: " + cause.getMessage() + ".",
                "Check that the place named above exists and can be reached from this machine: its name in the DNS,"
                        + " network, firewall and proxy, for Azure also the account or endpoint under"
                        + " spring.cloud.azure.storage.blob. If it is only slow, raise flowstate.device-timeout, and"
                        + " for Azure flowstate.azure.try-timeout and flowstate.azure.deadline.",
                cause);
    }

}
