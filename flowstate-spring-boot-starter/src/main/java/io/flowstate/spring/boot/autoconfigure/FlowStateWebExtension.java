package io.flowstate.spring.boot.autoconfigure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.EndpointWebExtension;
import org.springframework.core.io.ClassPathResource;
import org.springframework.util.MimeType;

/**
 * Adds a page for people to the endpoint {@code flowstate} where it is reached by HTTP:
 * {@value #CONSOLE} in place of the name of a store.
 */
@EndpointWebExtension(endpoint = FlowStateEndpoint.class)
final class FlowStateWebExtension {

    /** No store can be called that. */
    static final String CONSOLE = "console";

    private static final MimeType HTML = new MimeType("text", "html", StandardCharsets.UTF_8);

    private final FlowStateEndpoint endpoint;

    FlowStateWebExtension(FlowStateEndpoint endpoint) {
        this.endpoint = endpoint;
    }

    /**
     * One store, or the page. The page comes as HTML to whoever takes anything, as
     * browsers do; offering HTML for it alone would make the operation another than that
     * of the endpoint.
     * @param store the name of the store, or {@value #CONSOLE}
     * @return null if there is no store of that name
     */
    @ReadOperation
    @Nullable WebEndpointResponse<Object> store(@Selector String store) {
        if (store.equals(CONSOLE)) {
            return new WebEndpointResponse<>(page(), WebEndpointResponse.STATUS_OK, HTML);
        }
        StoreDescription description = this.endpoint.store(store);
        return (description != null) ? new WebEndpointResponse<>(description) : null;
    }

    private String page() {
        try {
            return new ClassPathResource("console.html", getClass()).getContentAsString(StandardCharsets.UTF_8);
        }
        catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

}
