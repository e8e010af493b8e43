package io.flowstate.architecture;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The floors of the core, from the ground up, and the packages that stand on each. A
 * package takes the packages below it along ({@code io.flowstate.storage.local} stands
 * where {@code io.flowstate.storage} does); only the roof is one package alone.
 *
 * <pre>
 *   ROOF        io.flowstate
 *   STATES      internal.map  internal.tree  internal.queue  internal.value
 *   INTERFACES  io.flowstate.state
 *   PAGES       internal.page
 *   ENGINE      internal.checkpoint -&gt; internal.kv  internal.pagestore
 *   PARTS       internal.hybridlog  internal.index  internal.pagetable
 *   GROUND      storage  serialization  compression  internal.memory  internal.epoch
 * </pre>
 *
 * A package may import the floors below its own. On its own floor it may import nothing,
 * with two exceptions: the checkpoint, which leads the other two of its floor, and the
 * ground, where only circles are forbidden. The interfaces stand on the ground alone.
 */
enum Floor {

    GROUND("io.flowstate.storage", "io.flowstate.serialization", "io.flowstate.compression",
            "io.flowstate.internal.memory", "io.flowstate.internal.epoch"),

    PARTS("io.flowstate.internal.hybridlog", "io.flowstate.internal.index", "io.flowstate.internal.pagetable"),

    ENGINE("io.flowstate.internal.kv", "io.flowstate.internal.pagestore", "io.flowstate.internal.checkpoint"),

    PAGES("io.flowstate.internal.page"),

    INTERFACES("io.flowstate.state"),

    STATES("io.flowstate.internal.map", "io.flowstate.internal.tree", "io.flowstate.internal.queue",
            "io.flowstate.internal.value"),

    ROOF("io.flowstate");

    private static final String CHECKPOINT = "io.flowstate.internal.checkpoint";

    private final List<String> roots;

    Floor(String... roots) {
        this.roots = List.of(roots);
    }

    /**
     * The floor that a package stands on; none if this plan does not know the package.
     */
    static Optional<Floor> of(String packageName) {
        return Arrays.stream(values()).filter((floor) -> floor.rootOf(packageName).isPresent()).findFirst();
    }

    /**
     * Whether a class of the one package may import one of the other; never if one of
     * them stands on no floor.
     */
    static boolean mayImport(String importing, String imported) {
        return of(importing)
            .flatMap((upper) -> of(imported).map((lower) -> upper.mayImport(lower, importing, imported)))
            .orElse(false);
    }

    private boolean mayImport(Floor lower, String importing, String imported) {
        if (this == lower) {
            return this == GROUND || rootOf(importing).equals(rootOf(imported))
                    || rootOf(importing).equals(Optional.of(CHECKPOINT));
        }
        return (this == INTERFACES) ? lower == GROUND : lower.compareTo(this) < 0;
    }

    private Optional<String> rootOf(String packageName) {
        return this.roots.stream()
            .filter((root) -> packageName.equals(root) || (this != ROOF && packageName.startsWith(root + ".")))
            .findFirst();
    }

}
