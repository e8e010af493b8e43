package io.flowstate.spring.boot.autoconfigure;

import io.flowstate.spring.boot.json.JsonSerializers;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.util.ClassUtils;

/**
 * Says what is missing where {@link JsonSerializers} are asked for and are not there.
 * Asked before the analyzer of Spring Boot, which would advise to define the bean.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class NoJsonSerializersFailureAnalyzer extends AbstractFailureAnalyzer<NoSuchBeanDefinitionException> {

    private static final String MAPPER = "tools.jackson.databind.json.JsonMapper";

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable rootFailure, NoSuchBeanDefinitionException cause) {
        if (cause.getBeanType() != JsonSerializers.class || cause instanceof NoUniqueBeanDefinitionException) {
            return null;
        }
        boolean jackson = ClassUtils.isPresent(MAPPER, getClass().getClassLoader());
        return new FailureAnalysis(
                "JsonSerializers of FlowState were asked for, and "
                        + (jackson ? "there is no JsonMapper bean to make them with, or more than one and none primary."
                                : "Jackson 3 is not on the class path."),
                "Add the dependency org.springframework.boot:spring-boot-starter-jackson" + (jackson
                        ? ", or mark one JsonMapper bean as primary, or define a bean of type" + " JsonSerializers."
                        : "."),
                cause);
    }

}
