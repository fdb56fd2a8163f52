package dev.reprise.cli.tune;

import static org.assertj.core.api.Assertions.assertThat;

import dev.reprise.runtime.tune.Budget;
import dev.reprise.runtime.tune.Candidate;
import dev.reprise.runtime.tune.Measured;
import dev.reprise.runtime.tune.Tuned;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FrontierPageTest {
    private static Measured at(double share, double psnr) {
        return new Measured(new Candidate("easycache", Map.of()), psnr, 0, share, 1);
    }

    @Test
    void theFrontierLeavesOutWhatAnotherBeats() {
        List<Measured> frontier =
                FrontierPage.frontier(List.of(at(0.5, 40), at(0.3, 35), at(0.4, 30), at(0.3, 20), at(0.6, 40)));
        assertThat(frontier).extracting(Measured::psnr).containsExactly(35.0, 40.0);
        assertThat(frontier).extracting(Measured::computedShare).containsExactly(0.3, 0.5);
    }

    @Test
    void thePageSaysWhatTheTableWasMeasuredOn() {
        assertThat(page(true)).contains("The table was measured on other images.");
        assertThat(page(false)).contains("The table was measured on the images tuned on.");
    }

    private static String page(boolean checked) {
        Measured best = at(0.4, 30);
        Budget budget = new Budget(Budget.Kind.EVALUATIONS, 4);
        return new FrontierPage(new Tuned(
                        budget, 10, best, List.of(best), 1, 2, 1, List.of(best), checked, checked, null, Map.of()))
                .html(List.of());
    }

    @Test
    void thePictureLiesBesideThePage() {
        assertThat(TuneResult.picture(Path.of("a/x.html"))).isEqualTo(Path.of("a/x.png"));
        assertThat(TuneResult.picture(Path.of("page"))).isEqualTo(Path.of("page.png"));
    }
}
