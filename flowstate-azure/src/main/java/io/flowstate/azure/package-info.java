/**
 * FlowState's storage on Azure Blob Storage: log segments as immutable block blobs and a
 * manifest replaced by conditional writes. Stands on {@code io.flowstate.storage} and the
 * Azure SDK, and on nothing else of ours. Still empty: the storage itself comes with a
 * later version.
 */
@NullMarked
package io.flowstate.azure;

import org.jspecify.annotations.NullMarked;
