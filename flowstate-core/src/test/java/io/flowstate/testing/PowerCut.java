package io.flowstate.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/**
 * One of the states that a power cut after some operations could leave, chosen at random
 * as {@link RecordingFiles} says. First it is settled which name operations survive, then
 * what the files hold that still have a name.
 */
final class PowerCut {

    private static final int SECTOR_SIZE = 512;

    /** In place of a file's number. */
    private static final int DIRECTORY = -1;

    private final MemoryFiles before;

    private final List<Operation> done;

    private final SplittableRandom random;

    /** The share of what is not durable that survives. */
    private final double survival;

    /** Whether that share is none or all. */
    private final boolean orderly;

    PowerCut(MemoryFiles before, List<Operation> done, SplittableRandom random) {
        this.before = before;
        this.done = done;
        this.random = random;
        this.survival = switch (random.nextInt(4)) {
            case 0 -> 0;
            case 1 -> 1;
            default -> random.nextDouble();
        };
        this.orderly = this.survival == 0 || this.survival == 1;
    }

    MemoryFiles remains() {
        MemoryFiles remains = new MemoryFiles();
        Map<Path, Integer> names = survivingNames();
        List<byte[]> contentsBefore = this.before.paths().stream().map(this.before::content).toList();
        Map<Integer, List<Operation>> changes = changesByFile();
        names.forEach((path, file) -> {
            if (!names.keySet().containsAll(parents(path))) {
                return;
            }
            if (file == DIRECTORY) {
                remains.makeDirectories(path);
                return;
            }
            byte[] content = (file < contentsBefore.size()) ? contentsBefore.get(file) : new byte[0];
            remains.replace(path, survivingContent(content, changes.getOrDefault(file, List.of())));
        });
        return remains;
    }

    private static List<Path> parents(Path path) {
        List<Path> parents = new ArrayList<>();
        for (Path above = path.getParent(); above.getParent() != null; above = above.getParent()) {
            parents.add(above);
        }
        return parents;
    }

    private Map<Path, Integer> survivingNames() {
        Map<Path, Integer> names = new TreeMap<>();
        this.before.directories().forEach((path) -> names.put(path, DIRECTORY));
        int number = 0;
        for (Path path : this.before.paths()) {
            names.put(path, number++);
        }
        Map<Path, Integer> lastForce = lastForceOfDirectories();
        // A name of which one change was lost has lost all that came after it.
        Set<Path> lost = new HashSet<>();
        for (int i = 0; i < this.done.size(); i++) {
            if (this.done.get(i) instanceof Operation.OfNames change) {
                boolean durable = i < lastForce.getOrDefault(change.directory(), -1);
                if (durable || (change.names().stream().noneMatch(lost::contains) && survives())) {
                    apply(change, names);
                }
                else {
                    lost.addAll(change.names());
                }
            }
        }
        return names;
    }

    private Map<Path, Integer> lastForceOfDirectories() {
        Map<Path, Integer> lastForce = new HashMap<>();
        for (int i = 0; i < this.done.size(); i++) {
            if (this.done.get(i) instanceof Operation.ForceDirectory force) {
                lastForce.put(force.path(), i);
            }
        }
        return lastForce;
    }

    private static void apply(Operation.OfNames change, Map<Path, Integer> names) {
        if (change instanceof Operation.CreateDirectory directory) {
            names.put(directory.path(), DIRECTORY);
        }
        else if (change instanceof Operation.Create create) {
            names.put(create.path(), create.file());
        }
        else if (change instanceof Operation.Rename rename) {
            names.remove(rename.source());
            names.put(rename.target(), rename.file());
        }
        else if (change instanceof Operation.Delete delete) {
            names.keySet().removeIf((path) -> path.startsWith(delete.path()));
        }
    }

    private Map<Integer, List<Operation>> changesByFile() {
        Map<Integer, List<Operation>> changes = new HashMap<>();
        for (Operation operation : this.done) {
            @Nullable Integer file = null;
            if (operation instanceof Operation.Write write) {
                file = write.file();
            }
            else if (operation instanceof Operation.Force force) {
                file = force.file();
            }
            if (file != null) {
                changes.computeIfAbsent(file, (absent) -> new ArrayList<>()).add(operation);
            }
        }
        return changes;
    }

    private byte[] survivingContent(byte[] before, List<Operation> changes) {
        int durable = 0;
        for (int i = 0; i < changes.size(); i++) {
            durable = (changes.get(i) instanceof Operation.Force) ? i : durable;
        }
        byte[] content = before.clone();
        for (Operation operation : changes.subList(0, durable)) {
            if (operation instanceof Operation.Write write) {
                content = withLength(content, write);
                System.arraycopy(write.bytes(), 0, content, (int) write.position(), write.bytes().length);
            }
        }
        int durableLength = content.length;
        for (Operation operation : changes.subList(durable, changes.size())) {
            if (operation instanceof Operation.Write write) {
                content = withLength(content, write);
                writeSurvivingSectors(write, content);
            }
        }
        return Arrays.copyOf(content, survivingLength(durableLength, content.length));
    }

    private static byte[] withLength(byte[] content, Operation.Write write) {
        int end = Math.toIntExact(write.position() + write.bytes().length);
        return (end > content.length) ? Arrays.copyOf(content, end) : content;
    }

    private void writeSurvivingSectors(Operation.Write write, byte[] content) {
        boolean torn = !this.orderly && this.random.nextInt(3) == 0;
        boolean whole = survives();
        int start = (int) write.position();
        int end = start + write.bytes().length;
        for (int from = start; from < end;) {
            int to = Math.min(end, (from / SECTOR_SIZE + 1) * SECTOR_SIZE);
            if (torn ? this.random.nextBoolean() : whole) {
                System.arraycopy(write.bytes(), from - start, content, from, to - from);
            }
            from = to;
        }
    }

    private int survivingLength(int durable, int largest) {
        if (this.orderly) {
            return (this.survival == 0) ? durable : largest;
        }
        return switch (this.random.nextInt(3)) {
            case 0 -> durable;
            case 1 -> largest;
            default -> this.random.nextInt(durable, largest + 1);
        };
    }

    private boolean survives() {
        return this.random.nextDouble() < this.survival;
    }

}
