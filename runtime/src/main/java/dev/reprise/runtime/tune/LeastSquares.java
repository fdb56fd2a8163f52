package dev.reprise.runtime.tune;

/** Normal equations, by Cholesky's decomposition. */
final class LeastSquares {
    private LeastSquares() {}

    /**
     * Solves {@code (A + λ·trace(A)/n·I) x = b}.
     *
     * @param squares A, symmetric; its lower triangle is read
     * @param right b
     * @param ridge λ
     */
    static double[] solve(double[][] squares, double[] right, double ridge) {
        int n = right.length;
        double trace = 0;
        for (int i = 0; i < n; i++) {
            trace += squares[i][i];
        }
        double damping = Math.max(ridge * trace / n, 1e-300);
        double[][] lower = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                double value = squares[i][j] + (i == j ? damping : 0);
                for (int k = 0; k < j; k++) {
                    value -= lower[i][k] * lower[j][k];
                }
                lower[i][j] = i == j ? Math.sqrt(Math.max(value, damping * 1e-3)) : value / lower[j][j];
            }
        }
        double[] x = right.clone();
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < i; k++) {
                x[i] -= lower[i][k] * x[k];
            }
            x[i] /= lower[i][i];
        }
        for (int i = n - 1; i >= 0; i--) {
            for (int k = i + 1; k < n; k++) {
                x[i] -= lower[k][i] * x[k];
            }
            x[i] /= lower[i][i];
        }
        return x;
    }
}
