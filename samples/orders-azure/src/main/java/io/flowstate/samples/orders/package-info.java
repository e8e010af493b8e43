/**
 * A sample that follows a stream of orders and keeps its state in Azure Blob Storage: the
 * total of each customer, all orders by time, and the position in the stream, changed in
 * one unit of work an order. It can be killed and started on another machine with an
 * empty disk.
 */
@NullMarked
package io.flowstate.samples.orders;

import org.jspecify.annotations.NullMarked;
