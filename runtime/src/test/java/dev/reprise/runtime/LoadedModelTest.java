package dev.reprise.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.reprise.ort.SessionSettings;
import dev.reprise.runtime.session.LoadedModel;
import dev.reprise.runtime.session.SharedSession;
import dev.reprise.runtime.session.StagePlan;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadedModelTest {
    private static final Set<String> NONE = Set.of();
    private static final Set<String> ATTENTION = Set.of("attn1", "attn2");

    @TempDir
    private Path folder;

    private Path bundle;
    private LoadedModel model;

    @BeforeEach
    void open() {
        bundle = TinyModel.write(folder).bundle();
        model = LoadedModel.open(bundle, SessionSettings.cpu());
    }

    @AfterEach
    void close() {
        model.close();
    }

    @Test
    void plansShareSessions() {
        StagePlan first = model.plan(ATTENTION);
        StagePlan second = model.plan(ATTENTION);
        assertThat(sessions(second)).isEqualTo(sessions(first));
        model.release(first);
        assertOpen(second);
        model.release(second);
    }

    @Test
    void whatIsWantedAgainIsStillOpen() {
        StagePlan first = model.plan(ATTENTION);
        model.release(first);
        StagePlan second = model.plan(ATTENTION);
        assertThat(sessions(second)).isEqualTo(sessions(first));
        assertOpen(second);
        model.release(second);
    }

    @Test
    void whatNobodyUsesClosesBeforeOthersOpen() {
        StagePlan first = model.plan(ATTENTION);
        model.release(first);
        StagePlan second = model.plan(NONE);
        List<OrtSession> kept = sessions(second);
        assertThat(sessions(first)).anySatisfy(session -> assertThat(kept).doesNotContain(session));
        assertThat(sessions(first))
                .allSatisfy(session -> assertThat(isOpen(session)).isEqualTo(kept.contains(session)));
        assertOpen(second);
        model.release(second);
    }

    @Test
    void whatAnotherPlanUsesStaysOpen() {
        StagePlan first = model.plan(ATTENTION);
        StagePlan second = model.plan(NONE);
        assertOpen(first);
        assertOpen(second);
        model.release(first);
        model.release(second);
    }

    @Test
    void theLastUserClosesAll() {
        LoadedModel shared = LoadedModel.open(bundle, SessionSettings.cpu());
        shared.share();
        StagePlan plan = shared.plan(ATTENTION);
        shared.release(plan);
        shared.close();
        assertOpen(plan);
        shared.close();
        assertThat(sessions(plan))
                .noneSatisfy(session -> assertThat(isOpen(session)).isTrue());
        assertThatThrownBy(shared::share).isInstanceOf(IllegalStateException.class);
    }

    private static void assertOpen(StagePlan plan) {
        assertThat(sessions(plan))
                .allSatisfy(session -> assertThat(isOpen(session)).isTrue());
    }

    private static List<OrtSession> sessions(StagePlan plan) {
        return plan.sessions().stream().map(SharedSession::session).toList();
    }

    /** A closed session refuses to tell. */
    private static boolean isOpen(OrtSession session) {
        try {
            return session.getInputNames() != null && session.getProfilingStartTimeInNs() >= 0;
        } catch (IllegalStateException e) {
            return false;
        } catch (OrtException e) {
            throw new AssertionError(e);
        }
    }
}
