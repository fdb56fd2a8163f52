package dev.reprise.cli.playground;

/** A request of the page that cannot be done. Nothing was changed. */
final class RequestException extends RuntimeException {
    private final int status;
    private final transient RequestProblem problem;

    /** @param status as in HTTP */
    RequestException(int status, RequestProblem problem) {
        super(problem.message());
        this.status = status;
        this.problem = problem;
    }

    static RequestException badField(int side, String field, String message) {
        return new RequestException(400, new RequestProblem(side, field, message));
    }

    static RequestException notFound(String what) {
        return new RequestException(404, new RequestProblem(RequestProblem.COMMON, "", what));
    }

    int status() {
        return status;
    }

    RequestProblem problem() {
        return problem;
    }
}
