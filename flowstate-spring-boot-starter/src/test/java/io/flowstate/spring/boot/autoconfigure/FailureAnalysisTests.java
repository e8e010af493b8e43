package io.flowstate.spring.boot.autoconfigure;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.flowstate.StateManager;
import io.flowstate.compression.Compression;
import io.flowstate.serialization.Serializers;
import io.flowstate.storage.IncompatibleStateException;
import io.flowstate.storage.StateLockedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/** Tests what a developer reads when the application cannot start. */
@ExtendWith(OutputCaptureExtension.class)
class FailureAnalysisTests {

    @TempDir
    private Path directory;

    @Test
    void aSecondApplicationIsRefusedAndToldWhoHasTheState(CapturedOutput output) {
        try (ConfigurableApplicationContext first = run()) {
            assertThatException().isThrownBy(this::run).havingRootCause().isInstanceOf(StateLockedException.class);

            assertThat(output).contains("APPLICATION FAILED TO START")
                .contains("The state cannot be opened: ")
                .contains(String.valueOf(ProcessHandle.current().pid()))
                .contains(this.directory.toString())
                .contains("Stop the other application")
                .contains("flowstate.log-dir");
            first.getBean(StateManager.class).checkpoint();
            assertThatException().isThrownBy(this::run).havingRootCause().isInstanceOf(StateLockedException.class);
        }

        run().close();
    }

    @Test
    void aPageSizeThatIsNoPowerOfTwoIsRefused(CapturedOutput output) {
        assertThatException().isThrownBy(() -> run("--flowstate.page-size=3MB"));

        assertThat(output).contains("APPLICATION FAILED TO START")
            .contains("The settings of FlowState do not fit: page-size must be a power of two from 65536 to"
                    + " 1073741824 bytes, but was 3145728.")
            .contains("under the prefix 'flowstate'");
    }

    @Test
    void aPageSizeOfManyGigabytesIsRefused(CapturedOutput output) {
        assertThatException().isThrownBy(() -> run("--flowstate.page-size=4GB"));

        assertThat(output).contains("page-size must be at most 1073741824 bytes, but was 4294967296.");
    }

    @Test
    void memoryForLessThanFourPagesIsRefused(CapturedOutput output) {
        assertThatException().isThrownBy(() -> run("--flowstate.memory-size=12MB"));

        assertThat(output).contains("memory-size must be at least 4 log pages of 4194304 bytes (page-size), which is"
                + " 16777216 bytes, but was 12582912.");
    }

    @Test
    void aStatePageSizeThatIsNoPowerOfTwoIsRefused(CapturedOutput output) {
        assertThatException().isThrownBy(() -> run("--flowstate.state-page-size=5KB"));

        assertThat(output).contains("The settings of FlowState do not fit: state-page-size must be a power of two from"
                + " 4096 to 1048576 bytes, but was 5120.");
    }

    @Test
    void aStatePageSizeOfManyGigabytesIsRefused(CapturedOutput output) {
        assertThatException().isThrownBy(() -> run("--flowstate.state-page-size=4GB"));

        assertThat(output).contains("state-page-size must be at most 1048576 bytes, but was 4294967296.");
    }

    @Test
    void anUnknownCompressionIsRefusedAndTheKnownOnesAreNamed(CapturedOutput output) {
        assertThatException().isThrownBy(() -> run("--flowstate.compression=brotli"));

        assertThat(output).contains("APPLICATION FAILED TO START")
            .contains("The settings of FlowState do not fit: compression must be one of none, zlib, zstd, mine, but was"
                    + " brotli; a Compression bean of that id makes it one.");
    }

    @Test
    void zstdWithoutItsLibraryIsRefusedAndTheDependencyIsNamed(CapturedOutput output) {
        assertThatException().isThrownBy(() -> run("--flowstate.compression=zstd"));

        assertThat(output).contains("APPLICATION FAILED TO START")
            .contains("add the dependency com.github.luben:zstd-jni");
    }

    @Test
    void anIntervalBelowZeroIsRefused(CapturedOutput output) {
        assertThatException().isThrownBy(() -> run("--flowstate.checkpoint.interval=-1s"));

        assertThat(output).contains("The settings of FlowState do not fit: checkpoint.interval must be 1 ms to 365"
                + " days, or 0 for none, but was PT-1S.");
    }

    @Test
    void aShutdownTimeoutOfAThousandYearsIsRefused(CapturedOutput output) {
        assertThatException().isThrownBy(() -> run("--flowstate.checkpoint.shutdown-timeout=365000d"));

        assertThat(output).contains("The settings of FlowState do not fit: checkpoint.shutdown-timeout must be 1 ms to"
                + " 365 days, but was PT8760000H.");
    }

    @Test
    void moreMemoryThanTheJvmGivesIsRefused(CapturedOutput output) {
        assertThatException().isThrownBy(() -> run("--flowstate.memory-size=1000GB", "--flowstate.index-memory=500GB"))
            .havingRootCause()
            .isInstanceOf(IllegalArgumentException.class);

        assertThat(output).contains("APPLICATION FAILED TO START")
            .contains("The settings of FlowState do not fit: memory-size (1073741824000 bytes) and index-memory"
                    + " (536870912000 bytes) together may take more outside the heap than the JVM gives, ")
            .contains("under the prefix 'flowstate'")
            .contains("Or give the JVM a higher limit of memory outside the heap, as in java"
                    + " -XX:MaxDirectMemorySize=2g -jar application.jar.");
        assertThat(this.directory).isEmptyDirectory();
    }

    @Test
    void pagesTooSmallForARecordOfTheStoreAreRefused(CapturedOutput output) {
        try (ConfigurableApplicationContext first = run()) {
            first.getBean(StateManager.class)
                .scope("test")
                .map("texts", Serializers.string(), Serializers.string())
                .put("a", "x".repeat(100_000));
        }

        assertThatException().isThrownBy(() -> run("--flowstate.page-size=64KB"))
            .havingRootCause()
            .isInstanceOf(IncompatibleStateException.class);

        assertThat(output).contains("APPLICATION FAILED TO START")
            .containsPattern("The settings of FlowState do not fit: page-size is 65536 bytes, but the store holds a"
                    + " record of 100\\d{3} bytes, written with larger pages; raise page-size to at least that\\.")
            .contains("as in flowstate.page-size=4MB.")
            .doesNotContain("MaxDirectMemorySize");
        run().close();
    }

    @Test
    void oneDirectoryForLogAndCheckpointsIsRefused(CapturedOutput output) {
        Path log = this.directory.resolve("checkpoints/../log");
        assertThatException().isThrownBy(() -> run("--flowstate.checkpoint-dir=" + log));

        assertThat(output).contains(
                "log-dir and checkpoint-dir must be different directories, but both were " + log.normalize() + ".");
    }

    @Test
    void ofAStoreWithANameItsNameAndItsOwnPropertiesAreTold(CapturedOutput output) {
        try (ConfigurableApplicationContext first = runWithOrders(
                "--flowstate.log-dir=" + this.directory.resolve("log1"),
                "--flowstate.checkpoint-dir=" + this.directory.resolve("checkpoints1"))) {
            assertThat(first.isActive()).isTrue();
            assertThatException().isThrownBy(this::runWithOrders)
                .havingRootCause()
                .isInstanceOf(StateLockedException.class);
        }

        assertThat(output).contains("In the store orders: The state cannot be opened: ")
            .contains(this.directory.resolve("orders").toString())
            .contains("with flowstate.stores.orders.log-dir and flowstate.stores.orders.checkpoint-dir.")
            .contains("can set flowstate.stores.orders.storage=temporary.");
    }

    @Test
    void ofAStoreWithANameTheSettingThatDoesNotFitIsItsOwn(CapturedOutput output) {
        assertThatException().isThrownBy(() -> runWithOrders("--flowstate.stores.orders.page-size=3MB"));

        assertThat(output).contains("In the store orders: The settings of FlowState do not fit: page-size must be a")
            .contains("under the prefix 'flowstate.stores.orders'")
            .contains("as in flowstate.stores.orders.page-size=4MB");
    }

    @Test
    void ofAStoreWithANameTheIntervalThatDoesNotFitIsItsOwn(CapturedOutput output) {
        assertThatException().isThrownBy(() -> runWithOrders("--flowstate.stores.orders.checkpoint.interval=-1s"));

        assertThat(output)
            .contains("In the store orders: The settings of FlowState do not fit: checkpoint.interval must");
    }

    @Test
    void ofAStoreWithANameWhatAzureLacksIsItsOwn(CapturedOutput output) {
        assertThatException().isThrownBy(() -> runWithOrders("--flowstate.stores.orders.storage=azure",
                "--flowstate.stores.orders.azure.container=orders"));

        assertThat(output).contains("In the store orders: flowstate.stores.orders.storage is azure, but there is no"
                + " BlobServiceClient bean to reach it.");
    }

    private ConfigurableApplicationContext runWithOrders(String... settings) {
        List<String> all = new ArrayList<>(List.of("--flowstate.memory-size=16MB", "--flowstate.index-memory=16MB",
                "--flowstate.stores.orders.memory-size=16MB", "--flowstate.stores.orders.index-memory=16MB",
                "--flowstate.stores.orders.log-dir=" + this.directory.resolve("orders/log"),
                "--flowstate.stores.orders.checkpoint-dir=" + this.directory.resolve("orders/checkpoints")));
        all.addAll(List.of(settings));
        return run(all.toArray(String[]::new));
    }

    private ConfigurableApplicationContext run(String... settings) {
        SpringApplication application = new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
            .properties("flowstate.log-dir=" + this.directory.resolve("log"),
                    "flowstate.checkpoint-dir=" + this.directory.resolve("checkpoints"))
            .build();
        return application.run(settings);
    }

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        @Bean
        Compression compression() {
            return Compression.of("mine", (compressed) -> compressed, (compressed) -> compressed);
        }

    }

}
