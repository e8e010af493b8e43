package io.flowstate.azure;

/** What a request to the service is for. Users pay by kind. */
enum RequestKind {

    /** Writes an object of the log. */
    OBJECT_WRITE("object-writes"),

    /** Writes the metadata of a checkpoint. */
    METADATA_WRITE("metadata-writes"),

    /** Replaces the manifest. */
    MANIFEST_WRITE("manifest-writes"),

    /** Reads bytes or properties of any blob but the lock. */
    READ("reads"),

    /** Brings one page of a listing. */
    LIST("lists"),

    /** Deletes a blob. */
    DELETE("deletes"),

    /** Reads or writes the lock. */
    LEASE("lease"),

    /** Creates the container. */
    CONTAINER("container");

    private final String label;

    RequestKind(String label) {
        this.label = label;
    }

    /** What it is called where requests are counted. */
    String label() {
        return this.label;
    }

}
