package dev.reprise.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reprise.ort.ModelSession;
import dev.reprise.runtime.api.SessionSettings;
import dev.reprise.runtime.session.LoadedModel;
import dev.reprise.runtime.session.StagePlan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
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
        assertThat(second.sessions()).isEqualTo(first.sessions());
        model.release(first);
        assertOpen(second);
        model.release(second);
    }

    @Test
    void whatIsWantedAgainIsStillOpen() {
        StagePlan first = model.plan(ATTENTION);
        model.release(first);
        StagePlan second = model.plan(ATTENTION);
        assertThat(second.sessions()).isEqualTo(first.sessions());
        assertOpen(second);
        model.release(second);
    }

    @Test
    void plansThatAlternateOpenNothingAgain() {
        StagePlan first = model.plan(ATTENTION);
        model.release(first);
        StagePlan other = model.plan(NONE);
        model.release(other);
        StagePlan again = model.plan(ATTENTION);
        assertThat(again.sessions()).isEqualTo(first.sessions());
        assertOpen(again);
        model.release(again);
    }

    @Test
    void openSessionsReadAtMostTwiceTheWeightsOfTheModel() {
        Set<ModelSession> opened = new HashSet<>();
        for (Set<String> watched :
                List.of(ATTENTION, NONE, Set.of("h1"), Set.of("h2"), Set.of("x", "h1"), Set.of("attn1"))) {
            StagePlan plan = model.plan(watched);
            opened.addAll(plan.sessions());
            model.release(plan);
        }
        // The segments of the tiny model count as one each.
        assertThat(opened.stream().filter(session -> !session.isClosed()).count())
                .isLessThanOrEqualTo(2 * TinyModel.SEGMENTS)
                .isLessThan(opened.size());
    }

    @Test
    void policiesThatLookAtTheFirstAndTheLastBlockOpenNothingAgainInALargeModel() throws IOException {
        LoadedModel large = LoadedModel.open(TinyManifest.withWeightBytes(bundle, 16 << 20), SessionSettings.cpu());
        StagePlan none = large.plan(NONE);
        StagePlan firstBlock = large.plan(Set.of("x", "h1", "h2"));
        assertThat(firstBlock.sessions()).isEqualTo(none.sessions());
        large.release(none);
        large.release(firstBlock);
        large.close();
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
        assertThat(plan.sessions())
                .noneSatisfy(session -> assertThat(session.isClosed()).isFalse());
        assertThatThrownBy(shared::share).isInstanceOf(IllegalStateException.class);
    }

    private static void assertOpen(StagePlan plan) {
        assertThat(plan.sessions())
                .allSatisfy(session -> assertThat(session.isClosed()).isFalse());
    }
}
