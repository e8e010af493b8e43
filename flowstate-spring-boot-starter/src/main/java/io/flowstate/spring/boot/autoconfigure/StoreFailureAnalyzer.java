package io.flowstate.spring.boot.autoconfigure;

import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says why a store cannot be made, as of the one without a name; of another its name and
 * its own properties are told.
 *
 * @param <T> what is thrown
 */
abstract class StoreFailureAnalyzer<T extends Throwable> extends AbstractFailureAnalyzer<T> {

    /** Where properties are named; not in names of classes and modules, nor in paths. */
    private static final Pattern PREFIX = Pattern.compile("(?<![\\w.:/\\\\-])flowstate(?=\\.[a-z]|')");

    /** Of the store without a name. */
    abstract FailureAnalysis explain(T cause);

    @Override
    protected final FailureAnalysis analyze(Throwable rootFailure, T cause) {
        FailureAnalysis analysis = explain(cause);
        NamedStoreException named = findCause(rootFailure, NamedStoreException.class);
        return (named == null) ? analysis
                : new FailureAnalysis("In the store " + named.store() + ": " + of(named, analysis.getDescription()),
                        of(named, analysis.getAction()), cause);
    }

    private static @Nullable String of(NamedStoreException named, @Nullable String text) {
        return (text != null) ? PREFIX.matcher(text).replaceAll(NamedStoreRegistrar.prefix(named.store())) : null;
    }

}
