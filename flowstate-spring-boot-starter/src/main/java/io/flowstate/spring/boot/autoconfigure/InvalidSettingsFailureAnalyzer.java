package io.flowstate.spring.boot.autoconfigure;

import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says which setting does not fit, and where it is set: in the application, or in the
 * JVM.
 */
final class InvalidSettingsFailureAnalyzer extends StoreFailureAnalyzer<InvalidSettingsException> {

    private static final String DIRECT_MEMORY_OPTION = "-XX:MaxDirectMemorySize";

    @Override
    FailureAnalysis explain(InvalidSettingsException cause) {
        return new FailureAnalysis("The settings of FlowState do not fit: " + cause.getMessage() + ".",
                "Change the properties named above; they stand under the prefix 'flowstate' of the application's"
                        + " configuration, as in flowstate.page-size=4MB." + jvmOption(cause),
                cause);
    }

    private static String jvmOption(InvalidSettingsException cause) {
        return String.valueOf(cause.getMessage()).contains(DIRECT_MEMORY_OPTION) ? " Or give the JVM a higher limit of"
                + " memory outside the heap, as in java " + DIRECT_MEMORY_OPTION + "=2g -jar application.jar." : "";
    }

}
