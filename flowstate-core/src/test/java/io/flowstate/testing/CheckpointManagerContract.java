package io.flowstate.testing;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import io.flowstate.storage.CheckpointManager;
import io.flowstate.storage.CommittedCheckpoint;
import io.flowstate.storage.CorruptStateException;
import io.flowstate.storage.FencedException;
import io.flowstate.storage.Manifest;
import io.flowstate.storage.MetadataObject;
import io.flowstate.storage.StateLockedException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What every durable {@link CheckpointManager} keeps. A test of a new one extends this
 * and says how to get at its place.
 */
public abstract class CheckpointManagerContract {

    private static final UUID STORE_ID = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");

    private CheckpointManager manager;

    /**
     * A checkpoint manager of one place, which is empty at the beginning of a test.
     * @return a new object each time if the place outlives its objects, the same one if
     * it does not
     */
    protected abstract CheckpointManager createManager();

    @BeforeEach
    final void openManager() {
        this.manager = createManager();
        assertThat(this.manager.open("the first opener")).isEmpty();
    }

    @AfterEach
    final void closeManager() {
        this.manager.close();
    }

    @Test
    void theCommittedManifestIsFoundByTheNextOpening() {
        assertThat(this.manager.durable()).isTrue();
        Manifest empty = manifest(1, 0);
        Manifest first = manifest(1, 1, 1);
        Manifest third = manifest(2, 7, 1, 2, 5);

        this.manager.commit(empty);
        assertThat(reopen()).isEqualTo(empty);
        this.manager.commit(first);
        assertThat(reopen()).isEqualTo(first);
        this.manager.commit(manifest(2, 4, 1, 2));
        this.manager.commit(third);
        assertThat(reopen()).isEqualTo(third);
        assertThat(reopen()).isEqualTo(third);
    }

    @Test
    void aManifestOfAnEarlierRunIsRefused() {
        this.manager.commit(manifest(1, 1, 1));
        this.manager.commit(manifest(2, 1, 1));

        assertThatExceptionOfType(FencedException.class).isThrownBy(() -> this.manager.commit(manifest(1, 2, 1, 2)));

        assertThat(reopen()).isEqualTo(manifest(2, 1, 1));
        assertThatExceptionOfType(FencedException.class).isThrownBy(() -> this.manager.commit(manifest(1, 2, 1, 2)));
        assertThat(reopen()).isEqualTo(manifest(2, 1, 1));
    }

    @Test
    void aManifestOfManyCheckpointsIsKept() {
        long[] versions = new long[2000];
        for (int i = 0; i < versions.length; i++) {
            versions[i] = 3L * i + 1;
        }
        Manifest large = manifest(1, 10_000, versions);

        this.manager.commit(large);

        assertThat(reopen()).isEqualTo(large);
    }

    @Test
    void metadataIsReadAsItWasWritten() {
        byte[] large = new byte[300_000];
        large[299_999] = 1;

        this.manager.write(name(1), content("some text"));
        this.manager.write(name(2), ByteBuffer.wrap(large).asReadOnlyBuffer());
        this.manager.write(name(3), ByteBuffer.allocate(0));

        assertThat(text(name(1), 9)).isEqualTo("some text");
        assertThat(bytes(name(2), 300_000)).isEqualTo(large);
        assertThat(this.manager.read(name(3), 0).hasRemaining()).isFalse();
        this.manager.commit(manifest(1, 0));
        reopen();
        assertThat(text(name(1), 9)).isEqualTo("some text");
        assertThat(this.manager.names()).containsExactlyInAnyOrder(name(1), name(2), name(3));
    }

    @Test
    void onlyWhatRemainsInTheBufferIsWritten() {
        ByteBuffer buffer = content("--middle--").position(2).limit(8);

        this.manager.write(name(1), buffer);

        assertThat(buffer.hasRemaining()).isFalse();
        assertThat(text(name(1), 6)).isEqualTo("middle");
    }

    @Test
    void whatIsReadIsTheCallersOwn() {
        this.manager.write(name(1), content("text"));

        this.manager.read(name(1), 4).put(0, (byte) 'X');

        assertThat(this.manager.read(name(1), 4).hasArray()).isTrue();
        assertThat(text(name(1), 4)).isEqualTo("text");
    }

    @Test
    void missingMetadataIsDamage() {
        assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> this.manager.read(name(1), 1))
            .satisfies((ex) -> assertThat(ex.resource()).isEqualTo(this.manager.describe(name(1))));
    }

    @Test
    void metadataOfAnotherLengthIsDamage() {
        this.manager.write(name(1), content("some text"));

        for (int length : new int[] { 0, 8, 10, Integer.MAX_VALUE }) {
            assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> this.manager.read(name(1), length))
                .satisfies((ex) -> {
                    assertThat(ex.resource()).isEqualTo(this.manager.describe(name(1)));
                    assertThat(ex.expected()).contains(String.valueOf(length));
                    assertThat(ex.found()).contains("9");
                });
        }
        assertThatIllegalArgumentException().isThrownBy(() -> this.manager.read(name(1), -1));
    }

    @Test
    void deletedMetadataIsMissing() {
        this.manager.write(name(1), content("1"));
        this.manager.write(name(2), content("2"));

        this.manager.delete(name(1));
        this.manager.delete(name(1));

        assertThat(this.manager.names()).containsExactly(name(2));
        assertThatExceptionOfType(CorruptStateException.class).isThrownBy(() -> this.manager.read(name(1), 1));
    }

    @Test
    void metadataIsNeverReplaced() {
        this.manager.write(name(1), content("1"));

        assertThatIllegalArgumentException().isThrownBy(() -> this.manager.write(name(1), content("2")));

        assertThat(text(name(1), 1)).isEqualTo("1");
    }

    @ParameterizedTest
    @ValueSource(strings = { "", ".", "..", "../checkpoint-0000000000000001-0000000000000001", "notes", "checkpoint-1",
            "checkpoint-0000000000000001", "checkpoint-000000000000000A-0000000000000001",
            "checkpoint-000000000000000g-0000000000000001", "checkpoint-0000000000000001-00000000000000001",
            "checkpoint-0000000000000001-0000000000000001\n", "Checkpoint-0000000000000001-0000000000000001",
            "checkpoint/0000000000000001-0000000000000001", "checkpoint-0000000000000001\u00000000000000000001" })
    void aNameThatIsNoneIsRefused(String name) {
        assertThatIllegalArgumentException().isThrownBy(() -> this.manager.write(name, content("1")));
        assertThatIllegalArgumentException().isThrownBy(() -> this.manager.read(name, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> this.manager.delete(name));
        assertThatIllegalArgumentException().isThrownBy(() -> this.manager.describe(name));
    }

    @Test
    void theHighestNumbersAreKept() {
        String highest = "checkpoint-ffffffffffffffff-ffffffffffffffff";

        this.manager.write(highest, content("1"));

        assertThat(this.manager.names()).containsExactly(highest);
    }

    @Test
    void aSecondOpenerIsRefusedAndDisturbsNothing() {
        this.manager.commit(manifest(1, 0));

        for (int attempt = 0; attempt < 3; attempt++) {
            CheckpointManager second = createManager();
            assertThatExceptionOfType(StateLockedException.class).isThrownBy(() -> second.open("the second"))
                .satisfies((ex) -> assertThat(ex.owner()).isEqualTo("the first opener"));
        }

        this.manager.commit(manifest(1, 1, 1));
        assertThat(reopen()).isEqualTo(manifest(1, 1, 1));
    }

    @Test
    void whatIsNotOpenRefusesEverything() {
        this.manager.close();
        this.manager.close();

        assertThatIllegalStateException().isThrownBy(() -> this.manager.commit(manifest(1, 0)));
        assertThatIllegalStateException().isThrownBy(() -> this.manager.write(name(1), content("1")));
        assertThatIllegalStateException().isThrownBy(() -> this.manager.read(name(1), 1));
        assertThatIllegalStateException().isThrownBy(() -> this.manager.delete(name(1)));
        assertThatIllegalStateException().isThrownBy(() -> this.manager.names());
    }

    @Test
    void theSameObjectCanBeOpenedAgain() {
        this.manager.commit(manifest(1, 1, 1));

        this.manager.close();

        assertThat(this.manager.open("again")).contains(manifest(1, 1, 1));
    }

    @Test
    void anInterruptedThreadLeavesNoDoubt() {
        Thread.currentThread().interrupt();
        try {
            this.manager.write(name(1), content("text"));
            this.manager.commit(manifest(1, 1, 1));
            assertThat(text(name(1), 4)).isEqualTo("text");
            assertThat(reopen()).isEqualTo(manifest(1, 1, 1));
            this.manager.delete(name(1));

            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        }
        finally {
            Thread.interrupted();
        }
        assertThat(this.manager.names()).isEmpty();
    }

    private Manifest reopen() {
        this.manager.close();
        this.manager = createManager();
        return this.manager.open("the first opener").orElseThrow();
    }

    private String text(String name, int length) {
        return new String(bytes(name, length), StandardCharsets.US_ASCII);
    }

    private byte[] bytes(String name, int length) {
        ByteBuffer content = this.manager.read(name, length);
        byte[] bytes = new byte[content.remaining()];
        content.get(bytes);
        return bytes;
    }

    private static ByteBuffer content(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String name(long version) {
        return String.format("checkpoint-%016x-%016x", version, 1);
    }

    private static Manifest manifest(long run, long highestVersion, long... versions) {
        List<CommittedCheckpoint> checkpoints = new ArrayList<>();
        for (long version : versions) {
            checkpoints.add(new CommittedCheckpoint(version,
                    List.of(new MetadataObject(name(1), 5000, 7),
                            new MetadataObject(name(version), 100, (int) version * 31)),
                    Instant.ofEpochMilli(1_700_000_000_000L + version), version * 1000));
        }
        return new Manifest(STORE_ID, run, highestVersion, checkpoints);
    }

}
