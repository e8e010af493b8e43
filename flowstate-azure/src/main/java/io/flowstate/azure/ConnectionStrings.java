package io.flowstate.azure;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobContainerClientBuilder;

/**
 * Makes clients of connection strings. They are looked at before the SDK sees them, since
 * it logs what it cannot read, and that may be a secret that stands in the wrong place.
 */
final class ConnectionStrings {

    private ConnectionStrings() {
    }

    /**
     * A client of a container.
     * @param connectionString that of a storage account
     * @param container the name of the container
     * @throws IllegalArgumentException if the string is none; does not quote it
     */
    static BlobContainerClient client(String connectionString, String container) {
        try {
            check(connectionString);
            return new BlobContainerClientBuilder().connectionString(connectionString)
                .containerName(container)
                .buildClient();
        }
        catch (RuntimeException ex) {
            // Neither message nor cause: both may quote it.
            throw new IllegalArgumentException("the connection string is none of a storage account; it is shown "
                    + "in the portal under the account's access keys");
        }
    }

    private static void check(String connectionString) {
        Map<String, String> settings = new TreeMap<>();
        for (String part : connectionString.split(";")) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                settings.put(part.substring(0, equals).trim().toLowerCase(Locale.ROOT),
                        part.substring(equals + 1).trim());
            }
            else if (!part.isBlank()) {
                throw new IllegalArgumentException();
            }
        }
        settings.forEach((name, value) -> {
            switch (name) {
                case "blobendpoint", "queueendpoint", "tableendpoint", "fileendpoint", "blobsecondaryendpoint",
                        "developmentstorageproxyuri" ->
                    checkUrl(value);
                case "defaultendpointsprotocol" -> checkMatches(value, "(?i)https?");
                case "accountname" -> checkMatches(value, "[a-z0-9-]{1,63}");
                case "endpointsuffix" -> checkMatches(value, "[A-Za-z0-9.-]{1,200}");
                case "usedevelopmentstorage" -> checkMatches(value, "(?i)true");
                case "accountkey" -> {
                    if (Base64.getDecoder().decode(value).length == 0) {
                        throw new IllegalArgumentException();
                    }
                }
                default -> {
                    // not quoted by anybody
                }
            }
        });
    }

    private static void checkUrl(String value) {
        try {
            URI url = new URI(value);
            checkMatches(String.valueOf(url.getScheme()), "(?i)https?");
            if (url.getHost() == null) {
                throw new IllegalArgumentException();
            }
        }
        catch (URISyntaxException ex) {
            throw new IllegalArgumentException(ex);
        }
    }

    private static void checkMatches(String value, String pattern) {
        if (!value.matches(pattern)) {
            throw new IllegalArgumentException();
        }
    }

}
