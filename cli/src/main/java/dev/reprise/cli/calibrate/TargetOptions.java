package dev.reprise.cli.calibrate;

import dev.reprise.cache.UnsupportedPolicyException;
import dev.reprise.cache.policy.PolicyCatalogue;
import dev.reprise.cli.calibrate.CalibrationReport.Quantity;
import dev.reprise.cli.calibrate.CalibrationReport.Suggested;
import dev.reprise.cli.calibrate.CalibrationReport.Target;
import dev.reprise.cli.calibrate.CalibrationReport.Unsupported;
import dev.reprise.cli.command.CommandException;
import dev.reprise.cli.measure.Workload;
import dev.reprise.cli.policies.PolicyNames;
import dev.reprise.cli.text.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** Options that say which parameters to search for, and the search. */
final class TargetOptions {
    @Option(
            names = "--target-speedup",
            paramLabel = "X",
            description = "Find the parameters with this speedup over the original model; repeatable.")
    private List<Double> speedups = new ArrayList<>();

    @Option(
            names = "--target-psnr",
            paramLabel = "DB",
            description =
                    "Find the fastest parameters whose outputs stay this close to those without a policy, in dB of"
                            + " the outputs' range; repeatable.")
    private List<Double> psnrs = new ArrayList<>();

    @Option(
            names = {"-p", "--policy"},
            paramLabel = "NAME",
            completionCandidates = PolicyNames.class,
            description = "Search for this policy only; repeatable. Default: every policy with one main parameter")
    private List<String> policies = new ArrayList<>();

    @Option(
            names = "--no-timing",
            description = "Judge speed by multiply-adds alone: the same result on every machine.")
    private boolean untimed;

    /** @throws CommandException when a value is out of range */
    void check() {
        for (double speedup : speedups) {
            if (!(speedup > 1) || speedup > 1000) {
                throw CommandException.usage("--target-speedup must be in (1, 1000], was " + speedup);
            }
        }
        for (double psnr : psnrs) {
            if (!(psnr > 0) || psnr > 300) {
                throw CommandException.usage("--target-psnr must be in (0, 300] dB, was " + psnr);
            }
        }
        policies.forEach(PolicyCatalogue::type);
    }

    private List<Target> targets() {
        return Stream.concat(
                        speedups.stream().map(value -> new Target(Quantity.SPEEDUP, value)),
                        psnrs.stream().map(value -> new Target(Quantity.PSNR, value)))
                .toList();
    }

    /** Whether the clock judges speed. */
    boolean timed() {
        return !untimed;
    }

    boolean isEmpty() {
        return targets().isEmpty();
    }

    /** Searches the parameters of every policy for every target. Policies that the model cannot take go to {@code refused}. */
    List<Suggested> search(Calibration calibration, Workload workload, Progress progress, List<Unsupported> refused) {
        List<Suggested> found = new ArrayList<>();
        for (TunedParameter parameter : chosen(TunedParameter.all(calibration))) {
            progress.phase("searching " + parameter.name() + " of " + parameter.policy());
            TargetSearch search = new TargetSearch(workload, parameter);
            try {
                for (Target target : targets()) {
                    found.add(new Suggested(
                            target,
                            parameter.policy(),
                            target.quantity() == Quantity.SPEEDUP
                                    ? search.speedup(target.value(), !untimed)
                                    : search.psnr(target.value(), !untimed)));
                }
            } catch (UnsupportedPolicyException e) {
                refused.add(new Unsupported(parameter.policy(), String.valueOf(e.getMessage())));
            }
        }
        return found;
    }

    private List<TunedParameter> chosen(List<TunedParameter> all) {
        if (policies.isEmpty()) {
            return all;
        }
        List<TunedParameter> chosen = new ArrayList<>();
        for (String name : policies) {
            String id = PolicyCatalogue.type(name).id();
            chosen.add(all.stream()
                    .filter(parameter -> parameter.policy().equals(id))
                    .findFirst()
                    .orElseThrow(() -> CommandException.usage("--policy must be one of "
                            + all.stream().map(TunedParameter::policy).toList() + ", was '" + name + "'")));
        }
        return chosen;
    }
}
