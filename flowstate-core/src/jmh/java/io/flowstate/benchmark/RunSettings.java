package io.flowstate.benchmark;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a run was told, from arguments of the form {@code name=value}; an empty value
 * stands for the default.
 */
final class RunSettings {

    private final Map<String, String> given;

    RunSettings(String[] arguments) {
        this.given = Arrays.stream(arguments)
            .map((argument) -> argument.split("=", 2))
            .filter((pair) -> pair.length == 2 && !pair[1].isEmpty())
            .collect(Collectors.toMap((pair) -> pair[0], (pair) -> pair[1]));
    }

    boolean quick() {
        return Boolean.parseBoolean(this.given.get("quick"));
    }

    String text(String name, String otherwise) {
        return this.given.getOrDefault(name, otherwise);
    }

    /**
     * A number; when it is to be quick, a hundredth of the default unless it is given.
     */
    long number(String name, long otherwise) {
        String text = this.given.get(name);
        return (text != null) ? Long.parseLong(text) : quick() ? Math.max(1, otherwise / 100) : otherwise;
    }

    List<String> list(String name, String otherwise) {
        String text = text(name, otherwise);
        return text.isEmpty() ? List.of() : List.of(text.split(","));
    }

}
