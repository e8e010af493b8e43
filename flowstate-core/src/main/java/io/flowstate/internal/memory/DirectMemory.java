package io.flowstate.internal.memory;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;

import com.sun.management.HotSpotDiagnosticMXBean;
import io.flowstate.storage.StateException;

/**
 * A bounded share of the memory outside the heap. What is taken is aligned to cache lines
 * and zeroed. The memory itself goes back when the garbage collector finds the buffer
 * unreachable, so owners use buffers again where they can. Thread-safe.
 */
public final class DirectMemory {

    /** The size of a cache line, to which buffers are aligned, in bytes. */
    public static final int CACHE_LINE_BYTES = 64;

    private final String property;

    private final long limitBytes;

    private final AtomicLong takenBytes = new AtomicLong();

    /**
     * Creates a share from which nothing is taken yet.
     * @param property the setting that bounds it, for messages
     * @param limitBytes its bound
     */
    public DirectMemory(String property, long limitBytes) {
        this.property = property;
        this.limitBytes = limitBytes;
    }

    /**
     * The most memory outside the heap that the JVM gives to all buffers together.
     * @return a number of bytes
     */
    public static long jvmLimitBytes() {
        HotSpotDiagnosticMXBean hotSpot = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        long option = (hotSpot != null) ? Long.parseLong(hotSpot.getVMOption("MaxDirectMemorySize").getValue()) : 0;
        return (option > 0) ? option : Runtime.getRuntime().maxMemory();
    }

    /**
     * Takes a buffer.
     * @param bytes its size
     * @return a zeroed buffer, little-endian
     * @throws StateException if the share or the JVM has no more, naming the property or
     * option to raise
     */
    public ByteBuffer take(int bytes) {
        long taken = this.takenBytes.addAndGet(bytes);
        if (taken > this.limitBytes) {
            this.takenBytes.addAndGet(-bytes);
            throw new StateException(
                    "the memory bounded by " + this.property + " (" + this.limitBytes + " bytes) is used up: "
                            + (taken - bytes) + " bytes are taken and " + bytes + " more are needed; raise "
                            + this.property + ", and -XX:MaxDirectMemorySize if the JVM's limit of " + jvmLimitBytes()
                            + " bytes does not leave room for that");
        }
        try {
            return ByteBuffer.allocateDirect(bytes + CACHE_LINE_BYTES)
                .alignedSlice(CACHE_LINE_BYTES)
                .slice(0, bytes)
                .order(ByteOrder.LITTLE_ENDIAN);
        }
        catch (OutOfMemoryError ex) {
            this.takenBytes.addAndGet(-bytes);
            throw new StateException(
                    "the JVM refused " + bytes + " bytes of direct memory for " + this.property + ", its limit is "
                            + jvmLimitBytes() + " bytes; raise -XX:MaxDirectMemorySize or lower " + this.property,
                    ex);
        }
    }

    /**
     * Counts a buffer as given back; nobody may use it any more.
     * @param buffer one that was taken here
     */
    public void giveBack(ByteBuffer buffer) {
        this.takenBytes.addAndGet(-buffer.capacity());
    }

    /**
     * The bytes that are taken now.
     * @return a number of bytes
     */
    public long takenBytes() {
        return this.takenBytes.get();
    }

}
