package io.flowstate.spring.boot.json;

import tools.jackson.databind.DatabindContext;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.jsontype.PolymorphicTypeValidator;

/**
 * Refuses every type whose JSON names the class to read it with. Jackson asks it about
 * those types only.
 */
final class ClassNamesRefused extends PolymorphicTypeValidator.Base {

    private static final long serialVersionUID = 1L;

    @Override
    public Validity validateBaseType(DatabindContext context, JavaType baseType) {
        return Validity.DENIED;
    }

}
