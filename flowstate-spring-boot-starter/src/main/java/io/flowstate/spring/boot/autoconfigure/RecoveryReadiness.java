package io.flowstate.spring.boot.autoconfigure;

import java.util.HashSet;
import java.util.Set;

import io.flowstate.spring.boot.RecoveryProgress;

import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationContext;
import org.springframework.context.event.EventListener;

/**
 * Keeps the application from taking traffic while a store is being recovered in the
 * background, or could not be: whoever says that it takes traffic meanwhile is
 * contradicted, and seconded once every store is open. Liveness is left alone.
 */
final class RecoveryReadiness {

    private final ApplicationContext context;

    private final Set<String> awaited = new HashSet<>(); // stores not open; guarded by
                                                         // this

    private boolean accepting; // what was said last; guarded by this

    private boolean contradicted; // it was we who said no; guarded by this

    RecoveryReadiness(ApplicationContext context) {
        this.context = context;
    }

    @EventListener
    synchronized void onRecovery(RecoveryProgress progress) {
        if (progress.phase() != RecoveryProgress.Phase.RECOVERED) {
            this.awaited.add(progress.store());
            if (this.accepting) { // the context was stopped and is started again
                contradict();
            }
        }
        else if (this.awaited.remove(progress.store()) && this.awaited.isEmpty() && this.contradicted) {
            AvailabilityChangeEvent.publish(this.context, ReadinessState.ACCEPTING_TRAFFIC);
        }
    }

    // Comes after Spring Boot's own listener, which was there before methods of beans.
    @EventListener
    synchronized void onReadiness(AvailabilityChangeEvent<ReadinessState> change) {
        this.accepting = change.getState() == ReadinessState.ACCEPTING_TRAFFIC;
        this.contradicted = false;
        if (this.accepting && !this.awaited.isEmpty()) {
            contradict();
        }
    }

    private void contradict() {
        AvailabilityChangeEvent.publish(this.context, ReadinessState.REFUSING_TRAFFIC);
        this.contradicted = true;
    }

}
