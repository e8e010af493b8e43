/**
 * FlowState's storage on Azure Blob Storage: log segments as immutable block blobs and a
 * manifest replaced by conditional writes. Stands on {@code io.flowstate.storage} and the
 * Azure SDK, and on nothing else of ours. {@link io.flowstate.azure.AzureBlobStorage} is
 * the front door.
 */
@NullMarked
package io.flowstate.azure;

import org.jspecify.annotations.NullMarked;
