package io.flowstate.spring.boot.autoconfigure;

import java.util.Arrays;

/** What the storage "azure" needs of the application, and the application lacks. */
final class AzureSetupException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String action;

    private AzureSetupException(String message, String action) {
        super(message);
        this.action = action;
    }

    static AzureSetupException noModule() {
        return new AzureSetupException(
                "flowstate.storage is azure, but io.flowstate:flowstate-azure or com.azure:azure-storage-blob is not on"
                        + " the class path",
                "Add the dependencies io.flowstate:flowstate-azure and"
                        + " com.azure.spring:spring-cloud-azure-starter-storage-blob, or choose another storage, as in"
                        + " flowstate.storage=local.");
    }

    static AzureSetupException noClient() {
        return new AzureSetupException("flowstate.storage is azure, but there is no BlobServiceClient bean to reach it",
                "Add the dependency com.azure.spring:spring-cloud-azure-starter-storage-blob and set one of"
                        + " spring.cloud.azure.storage.blob.account-name (with a managed identity or another Azure"
                        + " credential), .endpoint (with .account-key or .sas-token) and .connection-string; or define"
                        + " a bean of type com.azure.storage.blob.BlobServiceClient.");
    }

    static AzureSetupException severalClients(String[] names) {
        return new AzureSetupException(
                "flowstate.storage is azure, and there are several BlobServiceClient beans, none of them primary: "
                        + list(names),
                "Name one of them with flowstate.azure.client, or mark one as primary.");
    }

    static AzureSetupException noSuchClient(String name, String[] names) {
        return new AzureSetupException(
                "flowstate.azure.client is " + name + ", but there is no BlobServiceClient bean of that name; "
                        + ((names.length == 0) ? "there is none at all" : "there are: " + list(names)),
                "Change flowstate.azure.client, or leave it out where there is only one BlobServiceClient bean.");
    }

    private static String list(String[] names) {
        return String.join(", ", Arrays.stream(names).sorted().toList());
    }

    /**
     * What to do.
     * @return whole sentences
     */
    String action() {
        return this.action;
    }

}
