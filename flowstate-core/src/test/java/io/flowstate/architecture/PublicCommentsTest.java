package io.flowstate.architecture;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every type and member that users may touch says what it is. The Javadoc tool checks
 * that what is said is well formed; it cannot ask for a first sentence without asking for
 * every {@code @param}, {@code @return} and {@code @throws} as well, so this does.
 */
class PublicCommentsTest {

    @Test
    void everythingThatUsersMayTouchHasAComment() throws IOException {
        List<Path> exported = ProductionCode.sources()
            .stream()
            .filter((file) -> !file.toString().contains("internal"))
            .toList();

        List<String> uncommented = uncommented(exported);

        assertThat(uncommented).isEmpty();
    }

    private static List<String> uncommented(List<Path> files) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager sources = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task = (JavacTask) compiler.getTask(null, sources, null, List.of("-proc:none"), null,
                    sources.getJavaFileObjectsFromPaths(files));
            PublicElements elements = new PublicElements(DocTrees.instance(task));
            for (CompilationUnitTree file : task.parse()) {
                elements.scan(file, null);
            }
            return elements.uncommented;
        }
    }

    /** Walks the public types and their public and protected members. */
    private static final class PublicElements extends TreePathScanner<Void, Void> {

        private final List<String> uncommented = new ArrayList<>();

        private final DocTrees comments;

        private PublicElements(DocTrees comments) {
            this.comments = comments;
        }

        @Override
        public Void visitClass(ClassTree type, Void nothing) {
            if (isExported(type.getModifiers())) {
                check(type.getSimpleName().toString());
                super.visitClass(type, null);
            }
            return null;
        }

        @Override
        public Void visitMethod(MethodTree method, Void nothing) {
            if (isExported(method.getModifiers()) && !isOverride(method) && !isRecordConstructor()) {
                check(method.getName() + "(" + method.getParameters().size() + " parameters)");
            }
            return null;
        }

        @Override
        public Void visitVariable(VariableTree field, Void nothing) {
            if (isExported(field.getModifiers())) {
                check(field.getName().toString());
            }
            return null;
        }

        private void check(String name) {
            if (this.comments.getDocComment(getCurrentPath()) == null) {
                CompilationUnitTree file = getCurrentPath().getCompilationUnit();
                long position = this.comments.getSourcePositions().getStartPosition(file, getCurrentPath().getLeaf());
                this.uncommented
                    .add(file.getSourceFile().getName() + ":" + file.getLineMap().getLineNumber(position) + " " + name);
            }
        }

        private boolean isExported(ModifiersTree modifiers) {
            Set<Modifier> flags = modifiers.getFlags();
            return flags.contains(Modifier.PUBLIC) || flags.contains(Modifier.PROTECTED)
                    || (owner() == Tree.Kind.INTERFACE && !flags.contains(Modifier.PRIVATE));
        }

        /**
         * The kind of the type around; a record's components are told in its own comment.
         */
        private Tree.Kind owner() {
            TreePath around = getCurrentPath().getParentPath();
            return around.getLeaf().getKind();
        }

        private boolean isRecordConstructor() {
            MethodTree method = (MethodTree) getCurrentPath().getLeaf();
            return owner() == Tree.Kind.RECORD && method.getName().contentEquals("<init>");
        }

        private static boolean isOverride(MethodTree method) {
            return method.getModifiers()
                .getAnnotations()
                .stream()
                .anyMatch((annotation) -> annotation.getAnnotationType().toString().equals("Override"));
        }

    }

}
