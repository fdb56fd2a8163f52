"""What the formulas of published caches give on small series, for ForecastParityTest and SpectralFilterTest of cache-ops.

Each function follows the published code of its method, which its comment names, with numpy in float64 and none of this project's code.
Needs numpy only:  python cache_formulas.py ../../cache-ops/src/test/resources/parity.json
"""

import json
import math
import sys

import numpy as np
from numpy.polynomial import hermite


def series(rng, steps, size=5):
    """A smooth series of vectors, one per step."""
    t = np.arange(steps)[:, None] / steps
    a, b, c = rng.standard_normal((3, size))
    return a + b * t + c * np.sin(3 * t)


def run(values, computed, forecaster):
    """Feeds the computed steps and asks for all others."""
    forecasts = []
    for step, value in enumerate(values):
        if step in computed:
            forecaster.update(step, value)
            forecasts.append(None)
        else:
            forecasts.append(forecaster.predict(step).tolist())
    return forecasts


class Foca:
    """vipshop/cache-dit, calibrators/foca.py: FoCaState."""

    def __init__(self):
        self.last = self.before = self.full = self.full_before = None

    def update(self, step, value):
        self.at = step
        self.full_before, self.full = self.full, value
        self.before, self.last = self.last, value

    def predict(self, step):
        if self.before is None or self.full_before is None:
            return self.full
        elapsed = step - self.at
        slopes = (self.full - self.full_before) + (self.last - self.before)
        if elapsed <= 3:
            value = self.full + elapsed / 2 * slopes
        else:
            share = 3 / elapsed
            value = share * (self.full + 1.5 * slopes) + (1 - share) * self.full
        self.before, self.last = self.last, value
        return value


class Differences:
    """Archerkattri/hicache-plus-plus, hermite.py: hicache_update_derivatives and hicache_forecast."""

    def __init__(self, order, sigma):
        self.order, self.sigma, self.derivatives = order, sigma, []

    def update(self, step, value):
        new = [value]
        if self.derivatives:
            for i in range(self.order):
                if i >= len(self.derivatives):
                    break
                new.append((new[i] - self.derivatives[i]) / (step - self.at))
        self.derivatives, self.at = new, step

    def predict(self, step):
        k = step - self.at
        value = 0
        for i, derivative in enumerate(self.derivatives):
            basis = self.sigma**i * hermite.hermval(self.sigma * k, [0] * i + [1])
            value = value + derivative * basis / math.factorial(i)
        return value


class Spectrum:
    """hanjq17/Spectrum, utils/basis_utils.py: ChebyshevForecaster and Spectrum.predict with taylor_order 1."""

    def __init__(self, degree, lam, keep, w, span):
        self.degree, self.lam, self.keep, self.w, self.span = degree, lam, keep, w, span
        self.steps, self.values = [], []

    def design(self, steps):
        tau = (np.asarray(steps, float) - self.span / 2) * 2 / self.span
        columns = [np.ones_like(tau), tau]
        for _ in range(2, self.degree + 1):
            columns.append(2 * tau * columns[-1] - columns[-2])
        return np.stack(columns[: self.degree + 1], 1)

    def update(self, step, value):
        self.steps = (self.steps + [step])[-self.keep :]
        self.values = (self.values + [value])[-self.keep :]

    def predict(self, step):
        x, h = self.design(self.steps), np.stack(self.values)
        coefficients = np.linalg.solve(x.T @ x + self.lam * np.eye(x.shape[1]), x.T @ h)
        fitted = (self.design([step]) @ coefficients)[0]
        line = h[-1]
        if len(h) > 1:
            line = h[-1] + (step - self.steps[-1]) / (self.steps[-1] - self.steps[-2]) * (h[-1] - h[-2])
        return (1 - self.w) * line + self.w * fitted


def sea_filter(hidden, sigma, power_exp):
    """diffusers, hooks/sea_cache.py: _apply_sea_filter, over all axes of one channel."""
    sigma = max(1e-6, min(1 - 1e-6, sigma))
    gain = np.ones(hidden.shape)
    for axis, size in enumerate(hidden.shape):
        power = 1 / (np.abs(np.fft.fftfreq(size)) ** power_exp + 1e-16)
        axis_gain = (1 - sigma) * power / ((1 - sigma) ** 2 * power + sigma**2 + 1e-16)
        shape = [1] * hidden.ndim
        shape[axis] = size
        gain = gain * axis_gain.reshape(shape)
    return np.fft.ifftn(np.fft.fftn(hidden) * (gain / gain.mean())).real


def main(path):
    rng = np.random.default_rng(5)
    computed = [0, 1, 4, 6, 7, 12]
    forecasts = []
    for what, forecaster in [
        ("foca:slope_per_step=false", Foca()),
        ("hermite:order=1", Differences(1, 0.5)),
        ("hermite:order=2,sigma=0.6", Differences(2, 0.6)),
        ("chebyshev:penalty_from=0,blend=1,span=50", Spectrum(4, 0.1, 10, 1.0, 50)),
        ("chebyshev:penalty_from=0,blend=0.5,span=20,degree=3,lambda=0.01,history=4", Spectrum(3, 0.01, 4, 0.5, 20)),
    ]:
        values = series(rng, 18)
        forecasts.append(
            {"what": what, "values": values.tolist(), "computed": computed, "forecasts": run(values, computed, forecaster)}
        )
    filters = []
    for shape, sigma, power in [((6, 5), 0.4, 3.0), ((4, 8), 0.9, 2.0), ((3, 4, 6), 0.05, 3.0), ((7,), 0.0, 3.0)]:
        image = rng.standard_normal(shape)
        filters.append(
            {
                "shape": list(shape),
                "sigma": sigma,
                "power_exp": power,
                "image": image.ravel().tolist(),
                "filtered": sea_filter(image, sigma, power).ravel().tolist(),
            }
        )
    with open(path, "w") as file:
        json.dump({"forecasts": forecasts, "filters": filters}, file)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
