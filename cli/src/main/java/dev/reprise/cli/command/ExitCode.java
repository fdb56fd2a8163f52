package dev.reprise.cli.command;

import java.util.Map;
import picocli.CommandLine.Model.UsageMessageSpec;

/** The exit codes of every command. */
public final class ExitCode {
    public static final int OK = 0;
    /** Something else went wrong: no permission, disk full, out of memory, a failed run. */
    public static final int FAILED = 1;
    /** The command line is wrong: an option, a policy's name, parameter or value, an output that exists. */
    public static final int USAGE = 2;
    /** The model, bundle or recording is invalid or cannot be used in this way, or the execution provider cannot be used here. */
    public static final int INVALID = 3;
    /** It ran, and the result is not what it should be. */
    public static final int REGRESSION = 4;

    /** For the end of every command's help. */
    public static Map<String, String> help() {
        return UsageMessageSpec.keyValuesMap(
                "0:success",
                "1:failure: no permission, disk full, out of memory, a run that failed",
                "2:invalid command line: an option, a policy's parameter, an output that exists",
                "3:the model, bundle or recording is invalid, or cannot be used in this way",
                "4:a regression: outputs or decisions differ from the recording");
    }

    private ExitCode() {}
}
