package io.flowstate.spring.boot.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import io.flowstate.spring.boot.autoconfigure.FlowStateAutoConfiguration;
import io.flowstate.spring.boot.autoconfigure.FlowStateJsonAutoConfiguration;

import org.springframework.boot.autoconfigure.ImportAutoConfiguration;

/**
 * Gives the context of a test stores of its own, also that of a slice such as
 * {@code @WebMvcTest}. Each context keeps them in a new temporary directory, deleted when
 * it closes; whatever the application says of directories and intervals does not count.
 * Checkpoints are taken when the test asks for one, and when the context stops. The
 * storage of the store without a name can be stopped and failed: inject
 * {@link TestStorage}.
 *
 * <pre>
 *   &#64;SpringBootTest
 *   &#64;AutoConfigureFlowState
 *   class OrdersTests {
 *
 *       &#64;Autowired
 *       StateManager state;
 *
 *       &#64;Autowired
 *       TestStorage storage;
 *
 *   }
 * </pre>
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ImportAutoConfiguration({ TestStorageAutoConfiguration.class, FlowStateAutoConfiguration.class,
        FlowStateJsonAutoConfiguration.class })
public @interface AutoConfigureFlowState {

}
