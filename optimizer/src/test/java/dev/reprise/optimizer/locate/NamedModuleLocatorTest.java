package dev.reprise.optimizer.locate;

import static dev.reprise.optimizer.locate.SmallGraphs.withInputs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reprise.graph.Node;
import dev.reprise.graph.bundle.ModuleKind;
import dev.reprise.optimizer.TinyModel;
import dev.reprise.optimizer.api.CutOptions;
import dev.reprise.optimizer.api.UnsupportedModelException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NamedModuleLocatorTest {
    @TempDir
    private Path temp;

    @Test
    void findsTheFinalProjection() throws IOException {
        Location location = locate(
                withInputs("x")
                        .named("/norm/Neg", "Neg", "h", "x")
                        .named("/proj_out/MatMul", "MatMul", "p", "h", "w")
                        .named("/Tanh", "Tanh", "y", "p"),
                CutOptions.DEFAULTS);
        assertThat(location.modules()).singleElement().satisfies(module -> {
            assertThat(module.kind()).isEqualTo(ModuleKind.FINAL_PROJECTION);
            assertThat(module.core()).extracting(Node::name).containsExactly("/proj_out/MatMul");
        });
    }

    @Test
    void findsWhatTheUserNamed() throws IOException {
        Location location = locate(
                withInputs("x")
                        .named("/blocks.0/norm/Neg", "Neg", "a", "x")
                        .named("/blocks.1/norm/Neg", "Neg", "b", "a")
                        .named("/Tanh", "Tanh", "y", "b"),
                CutOptions.DEFAULTS.withModules(List.of("blocks\\.\\d\\.norm")));
        assertThat(location.modules())
                .extracting(LocatedModule::kind)
                .containsExactly(ModuleKind.OTHER, ModuleKind.OTHER);
        assertThat(location.modules())
                .extracting(module -> module.path().dotted())
                .containsExactly("blocks.0.norm", "blocks.1.norm");
    }

    @Test
    void findsNothingThatIsNotNamed() throws IOException {
        assertThat(locate(withInputs("x").named("/norm/Neg", "Neg", "y", "x"), CutOptions.DEFAULTS))
                .isEqualTo(Location.NOTHING);
    }

    @Test
    void refusesIdentifiersThatMatchNothing() {
        CutOptions options = CutOptions.DEFAULTS.withModules(List.of("nrm"));
        assertThatThrownBy(() -> locate(withInputs("x").named("/norm/Neg", "Neg", "y", "x"), options))
                .isInstanceOf(UnsupportedModelException.class)
                .hasMessageContainingAll("'nrm'", "norm");
    }

    private Location locate(TinyModel tiny, CutOptions options) throws IOException {
        return new NamedModuleLocator().locate(SmallGraphs.analyze(tiny.output("y"), temp, options), Location.NOTHING);
    }
}
