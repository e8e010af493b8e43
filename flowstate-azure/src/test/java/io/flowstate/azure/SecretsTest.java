package io.flowstate.azure;

import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.sas.BlobContainerSasPermission;
import com.azure.storage.blob.sas.BlobServiceSasSignatureValues;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Account keys and SAS are planted, every error that has to do with the service is made,
 * and all that is printed, logged or stored is searched for them. Our own log is on at
 * its finest, that of the SDK as it is by default.
 */
@ExtendWith(Azurite.class)
class SecretsTest {

    private final BlobContainerClient container = Azurite.newContainer();

    @TempDir
    Path local;

    @Test
    void noSecretGetsIntoLogsErrorsOrTexts() throws Exception {
        byte[] planted = new byte[64];
        new Random(42).nextBytes(planted);
        String plantedKey = Base64.getEncoder().encodeToString(planted);
        String sas = sas("racwdl", OffsetDateTime.now(ZoneOffset.UTC).plusDays(1));
        String readOnlySas = sas("rl", OffsetDateTime.now(ZoneOffset.UTC).plusDays(1));
        String expiredSas = sas("racwdl", OffsetDateTime.now(ZoneOffset.UTC).minusDays(1));

        String output = run(
                List.of(Azurite.connectionString(), Azurite.endpoint(), this.container.getBlobContainerName(), sas,
                        readOnlySas, expiredSas, plantedKey, this.local.toString()));

        assertThat(output).contains("-- valid SAS", "succeeded: used", "BlobAccessDeniedException",
                "ContainerMissingException", "StorageUnavailableException", "StateLockedException",
                "CorruptStateException", "the connection string is none of a storage account", "-- SLOW", " DEBUG ");
        List<String> secrets = new ArrayList<>(List.of(plantedKey, Azurite.KEY));
        Stream.of(sas, readOnlySas, expiredSas).forEach((each) -> secrets.add(signature(each)));
        for (String secret : secrets) {
            assertContainsNot(output, secret, "the output");
            for (BlobItem blob : this.container.listBlobs()) {
                String content = this.container.getBlobClient(blob.getName()).downloadContent().toString();
                assertContainsNot(blob.getName() + content, secret, blob.getName());
            }
        }
    }

    /** No part of it either that would be of use. */
    private static void assertContainsNot(String text, String secret, String where) {
        String decoded = URLDecoder.decode(secret, StandardCharsets.UTF_8);
        for (String form : List.of(secret, decoded, URLEncoder.encode(decoded, StandardCharsets.UTF_8))) {
            int at = text.indexOf(form.substring(0, 12));
            assertThat(at)
                .as("place of a secret in " + where + ": "
                        + ((at < 0) ? "none" : text.substring(Math.max(0, at - 300), at)))
                .isNegative();
        }
    }

    private static String signature(String sas) {
        return sas.replaceAll(".*sig=([^&]*).*", "$1");
    }

    private String sas(String permissions, OffsetDateTime until) {
        return this.container
            .generateSas(new BlobServiceSasSignatureValues(until, BlobContainerSasPermission.parse(permissions))
                .setStartTime(until.minusDays(2)));
    }

    private String run(List<String> arguments) throws IOException, InterruptedException {
        Path output = this.local.resolve("output.txt");
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1", "-Xmx192m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=info",
                        "-Dorg.slf4j.simpleLogger.log.com.azure=info", "-Dorg.slf4j.simpleLogger.log.reactor=info",
                        "-Dorg.slf4j.simpleLogger.log.io.flowstate=trace", "-cp", System.getProperty("java.class.path"),
                        SecretsChild.class.getName()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        if (!process.waitFor(3, TimeUnit.MINUTES)) {
            process.destroyForcibly();
        }
        String text = Files.readString(output);
        assertThat(process.exitValue()).as(text).isZero();
        return text;
    }

}
