package io.flowstate.internal.checkpoint;

import java.util.concurrent.CompletableFuture;

/**
 * Deletes what checkpoints have made superfluous, beside the checkpoint thread, so that
 * nobody who asks for the next cut waits for it: to delete a large file takes ten
 * milliseconds. The next checkpoint is committed only when it has ended, so that what is
 * superfluous never is more than what two checkpoints leave. Called by the checkpoint
 * thread.
 */
final class Deletions {

    private CompletableFuture<Boolean> underWay = CompletableFuture.completedFuture(true);

    /**
     * Begins to delete, once what was begun before has ended.
     * @param deletions what deletes, and tells of what goes wrong
     */
    void begin(Runnable deletions) {
        await();
        CompletableFuture<Boolean> ended = new CompletableFuture<>();
        new Thread(null, () -> {
            try {
                deletions.run();
            }
            finally {
                ended.complete(true);
            }
        }, "flowstate-forget", 0, false).start();
        this.underWay = ended;
    }

    /** Waits until they have ended, which is bounded by {@code device-timeout}. */
    void await() {
        boolean ended = this.underWay.join();
        assert ended;
    }

}
