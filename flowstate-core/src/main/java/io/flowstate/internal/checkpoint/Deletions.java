package io.flowstate.internal.checkpoint;

import java.util.concurrent.CompletableFuture;

/**
 * Deletes what checkpoints have made superfluous, beside the checkpoint thread, so that
 * nobody who asks for the next cut waits for it: to delete a large file takes ten
 * milliseconds. The next checkpoint is committed only when it has ended; if it is much,
 * it is waited for before anything more is written, so that the bound on the disk holds.
 * Called by the checkpoint thread.
 */
final class Deletions {

    private CompletableFuture<Boolean> underWay = CompletableFuture.completedFuture(true);

    private boolean much;

    /**
     * Begins to delete, once what was begun before has ended.
     * @param much whether it is much beside what is kept
     * @param deletions what deletes, and tells of what goes wrong
     */
    void begin(boolean much, Runnable deletions) {
        await();
        this.much = much;
        CompletableFuture<Boolean> ended = new CompletableFuture<>();
        Thread thread = new Thread(null, () -> {
            try {
                deletions.run();
            }
            finally {
                ended.complete(true);
            }
        }, "flowstate-forget", 0, false);
        try {
            thread.start();
            this.underWay = ended;
        }
        catch (OutOfMemoryError ex) { // no memory for its stack, or too many threads
            deletions.run();
        }
    }

    /** Waits until they have ended if they are much. Before anything is written. */
    void awaitMuch() {
        if (this.much) {
            await();
        }
    }

    /**
     * Waits until they have ended. Before a commit. A medium that does not answer is
     * given up after {@code device-timeout}, and what is left is tried again later.
     */
    void await() {
        boolean ended = this.underWay.join();
        assert ended;
    }

}
