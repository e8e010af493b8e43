package io.flowstate.azure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

import com.azure.core.util.BinaryData;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobContainerClientBuilder;

import io.flowstate.StateManager;
import io.flowstate.StateManagerOptions;

/**
 * The process in which {@link SecretsTest} looks for secrets: it uses a store and makes
 * every error that has to do with the service, and prints all that can be printed.
 */
final class SecretsChild {

    private final String connectionString;

    private final String endpoint;

    private final String container;

    private final Path directory;

    private SecretsChild(String connectionString, String endpoint, String container, Path directory) {
        this.connectionString = connectionString;
        this.endpoint = endpoint;
        this.container = container;
        this.directory = directory;
    }

    /**
     * Runs it.
     * @param arguments connection string, endpoint, container, valid SAS, SAS that may
     * only read, expired SAS, planted key, directory
     */
    public static void main(String[] arguments) throws Exception {
        SecretsChild child = new SecretsChild(arguments[0], arguments[1], arguments[2], Path.of(arguments[7]));
        child.run(arguments[3], arguments[4], arguments[5], arguments[6]);
    }

    private void run(String sas, String readOnlySas, String expiredSas, String plantedKey) throws Exception {
        show("valid SAS", () -> use(storage(client("?" + sas)).build()));
        show("valid key", () -> use(connected(this.connectionString).build()));
        show("read-only SAS", () -> use(storage(client("?" + readOnlySas)).build()));
        show("expired SAS", () -> use(storage(client("?" + expiredSas)).build()));
        String sasConnection = "BlobEndpoint=" + this.endpoint + ";SharedAccessSignature=";
        show("SAS in a connection string", () -> use(connected(sasConnection + sas).build()));
        show("expired SAS in a connection string", () -> use(connected(sasConnection + expiredSas).build()));
        String account = "DefaultEndpointsProtocol=http;AccountName=" + Azurite.ACCOUNT + ";AccountKey=";
        show("wrong key", () -> use(connected(account + plantedKey + ";BlobEndpoint=" + this.endpoint + ";").build()));
        for (String malformed : List.of("AccountKey=" + plantedKey, account + plantedKey + "!;BlobEndpoint=x",
                "DefaultEndpointsProtocol=http;AccountName;AccountKey=" + plantedKey, plantedKey, "=" + plantedKey,
                "DefaultEndpointsProtocol=" + plantedKey + ";AccountName=a;AccountKey=" + plantedKey,
                "BlobEndpoint=http://[" + plantedKey + ";SharedAccessSignature=sig=" + plantedKey,
                "BlobEndpoint=:::" + ";SharedAccessSignature=" + sas)) {
            show("malformed connection string", () -> use(connected(malformed).build()));
        }
        show("unreachable", () -> use(
                connected(account + plantedKey + ";BlobEndpoint=http://127.0.0.1:1/" + Azurite.ACCOUNT + ";").build()));
        show("unknown host",
                () -> use(storage(new BlobContainerClientBuilder()
                    .endpoint("http://nowhere.invalid/" + Azurite.ACCOUNT + "/" + this.container + "?" + sas)
                    .buildClient()).build()));
        show("missing container", () -> use(
                AzureBlobStorage.builder().connectionString(this.connectionString, "missing-container").build()));
        show("invalid container",
                () -> use(AzureBlobStorage.builder().connectionString(this.connectionString, "Not a Name!").build()));
        show("invalid prefix", () -> storage(client("?" + sas)).prefix("?" + sas).build());
        show("damaged manifest", () -> {
            BlobContainerClient client = client("?" + sas);
            client.getBlobClient("orders/checkpoints/manifest").upload(BinaryData.fromString("damaged"), true);
            return use(storage(client).build());
        });
        brokenNetwork(sas);
    }

    private void brokenNetwork(String sas) throws Exception {
        int port = Integer.parseInt(this.endpoint.replaceAll(".*:([0-9]+)/.*", "$1"));
        for (FaultProxy.Fault fault : FaultProxy.Fault.values()) {
            try (FaultProxy proxy = new FaultProxy(port, (request) -> fault)) {
                String broken = this.endpoint.replace(":" + port + "/", ":" + proxy.port() + "/");
                show(fault.toString(), () -> use(
                        storage(new BlobContainerClientBuilder().endpoint(broken + "/" + this.container + "?" + sas)
                            .buildClient()).prefix("broken").build()));
            }
        }
    }

    private BlobContainerClient client(String sas) {
        return new BlobContainerClientBuilder().endpoint(this.endpoint + "/" + this.container + sas).buildClient();
    }

    private AzureBlobStorage.Builder connected(String text) {
        return quick(AzureBlobStorage.builder().connectionString(text, this.container));
    }

    private static AzureBlobStorage.Builder storage(BlobContainerClient client) {
        return quick(AzureBlobStorage.builder().container(client));
    }

    @SuppressWarnings("ObjectToString") // that it says nothing is the point
    private static AzureBlobStorage.Builder quick(AzureBlobStorage.Builder builder) {
        System.out.println(builder);
        return builder.prefix("orders")
            .maxTries(2)
            .tryTimeout(Duration.ofMillis(1000))
            .deadline(Duration.ofSeconds(2))
            .leaseDuration(Duration.ofMillis(500))
            .takeOverTimeout(Duration.ofSeconds(1));
    }

    @SuppressWarnings("ObjectToString") // that it says nothing is the point
    private String use(AzureBlobStorage storage) {
        System.out.println(storage + " " + storage.storage() + " " + storage.requests());
        StateManagerOptions options = OrdersChild.options(storage, this.directory, 0);
        System.out.println(options);
        try (StateManager state = StateManager.open(options)) {
            new OrdersStore(state).continueWith(new OrdersWorkload(1), 20);
            System.out.println(state.checkpoint() + " " + state + " " + state.stats());
            show("second writer", () -> StateManager.open(OrdersChild.options(storage, this.directory, 0)));
        }
        return "used";
    }

    private static void show(String name, Callable<?> attempt) {
        System.out.println("-- " + name);
        try {
            System.out.println("succeeded: " + attempt.call());
        }
        catch (Exception ex) {
            System.out.println("failed: " + ex);
            ex.printStackTrace(System.out);
        }
    }

}
