"""Logistic regression of hits and misses on one number, of many resamples at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

_MOST_STEPS = 50
_MOST_HALVINGS = 30
_SMALL_STEP = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class LogisticFit:
    """Share of hits = 1 / (1 + exp(−(intercept + slope · x))), of D resamples.

    Attributes:
        intercept: (D,); NaN where the likelihood has no maximum.
        slope: (D,); NaN where the likelihood has no maximum.
    """

    intercept: Numbers
    slope: Numbers

    def solve(self, share: float) -> Numbers:
        """(D,) the x where the share of hits is as given; NaN where there is none."""
        with np.errstate(divide="ignore", invalid="ignore"):
            x = (np.log(share / (1 - share)) - self.intercept) / self.slope
        return np.asarray(np.where(np.isfinite(x), x, np.nan), np.float64)


def fit_logistic(x: Numbers, trials: Numbers, hits: Numbers) -> LogisticFit:
    """Fit by maximum likelihood, without penalty.

    Newton's method, its steps halved where they overshoot.

    Args:
        x: (W,) different numbers, ascending.
        trials: (D, W) trials at each x, ≥ 0; need not be whole.
        hits: (D, W) hits among them.

    Returns:
        The fits. The likelihood has a maximum only where hits and misses overlap in x.

    Source:
        Cox (1958), The regression analysis of binary sequences,
        https://doi.org/10.1111/j.2517-6161.1958.tb00292.x; existence: Albert, Anderson (1984),
        https://doi.org/10.1093/biomet/71.1.1
    """
    fitted = _overlap(x, trials - hits, hits)
    intercept, slope = np.full(len(trials), np.nan), np.full(len(trials), np.nan)
    if fitted.any():
        centre, scale = float(x.mean()), float(x.std())
        a, b = _climb((x - centre) / scale, trials[fitted], hits[fitted])
        intercept[fitted], slope[fitted] = a - b * centre / scale, b / scale
    return LogisticFit(intercept, slope)


def standard_error_of_solution(
    x: Numbers, trials: Numbers, intercept: float, slope: float, *, share: float
) -> float:
    """Standard error of the x where the share of hits is as given, by the delta method.

    Args:
        x: (W,) numbers.
        trials: (W,) trials at each.
        intercept: Of the fit.
        slope: Of the fit; not 0.
        share: Of hits, between 0 and 1.

    Returns:
        The standard error if trials do not depend on each other.
    """
    p = _logistic(intercept + slope * x)
    weight = trials * p * (1 - p)
    design = np.stack([np.ones_like(x), x])
    covariance = np.linalg.inv((design * weight) @ design.T)
    solution = (np.log(share / (1 - share)) - intercept) / slope
    gradient = -np.array([1.0, solution]) / slope
    return float(np.sqrt(gradient @ covariance @ gradient))


def _overlap(x: Numbers, misses: Numbers, hits: Numbers) -> NDArray[np.bool_]:
    lowest_hit, highest_hit = _range(x, hits)
    lowest_miss, highest_miss = _range(x, misses)
    return np.asarray((highest_miss > lowest_hit) & (highest_hit > lowest_miss), np.bool_)


def _range(x: Numbers, counts: Numbers) -> tuple[Numbers, Numbers]:
    there = counts > 0
    return (
        np.where(there, x, np.inf).min(axis=1, initial=np.inf),
        np.where(there, x, -np.inf).max(axis=1, initial=-np.inf),
    )


def _climb(z: Numbers, trials: Numbers, hits: Numbers) -> tuple[Numbers, Numbers]:
    a, b = np.zeros(len(trials)), np.zeros(len(trials))
    for _ in range(_MOST_STEPS):
        step_a, step_b = _newton_step(z, trials, hits, a, b)
        here = _log_likelihood(z, trials, hits, a, b)
        share = np.ones(len(trials))
        for _ in range(_MOST_HALVINGS):
            there = _log_likelihood(z, trials, hits, a + share * step_a, b + share * step_b)
            overshot = there < here - 1e-12 * np.abs(here)
            if not overshot.any():
                break
            share[overshot] /= 2
        a, b = a + share * step_a, b + share * step_b
        if max(np.abs(step_a).max(), np.abs(step_b).max()) < _SMALL_STEP:
            break
    return a, b


def _newton_step(
    z: Numbers, trials: Numbers, hits: Numbers, a: Numbers, b: Numbers
) -> tuple[Numbers, Numbers]:
    p = _logistic(a[:, None] + b[:, None] * z)
    residual, weight = hits - trials * p, trials * p * (1 - p)
    slope_a, slope_b = residual.sum(axis=1), residual @ z
    aa, ab, bb = weight.sum(axis=1), weight @ z, weight @ z**2
    determinant = np.maximum(aa * bb - ab**2, np.finfo(np.float64).tiny)
    return (
        (bb * slope_a - ab * slope_b) / determinant,
        (aa * slope_b - ab * slope_a) / determinant,
    )


def _log_likelihood(z: Numbers, trials: Numbers, hits: Numbers, a: Numbers, b: Numbers) -> Numbers:
    score = a[:, None] + b[:, None] * z
    return np.asarray((hits * score - trials * np.logaddexp(0.0, score)).sum(axis=1), np.float64)


def _logistic(score: Numbers) -> Numbers:
    return np.asarray(0.5 * (1 + np.tanh(score / 2)), np.float64)
