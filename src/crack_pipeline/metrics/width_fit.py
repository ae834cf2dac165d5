"""Share detected against crack width: logistic curve, 90 % point, bounds by bootstrap over groups.

Units that are detected and length that is found are both such shares, see ``detection.py``.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from crack_pipeline.measure.scale import to_mm
from crack_pipeline.metrics.bootstrap import draw_weights
from crack_pipeline.wording.numbers import PERCENT, format_number

Numbers = NDArray[np.float64]


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


@dataclass(frozen=True, slots=True)
class BandPoint:
    """Bounds of the fitted probability at one width.

    Attributes:
        width_px: The width.
        low: 2.5th percentile over draws of groups of photos.
        high: 97.5th percentile.
    """

    width_px: float
    low: float
    high: float


FEWEST_GROUPS = 3
"""Below these there is no bound by bootstrap."""

_SHARE = 0.9
_CONFIDENCE = 0.95
_NORMAL_95_ONE_SIDED = 1.6449
_BAND_POINTS = 40


@dataclass(frozen=True, slots=True, eq=False)
class WidthTable:
    """Crack present and crack detected, per group and width.

    Attributes:
        width_px: (W,) ascending.
        trials: (G, W) units, or pixels of the centreline, that are there.
        hits: (G, W) of these, how many were detected.
    """

    width_px: Numbers
    trials: Numbers
    hits: Numbers


@dataclass(frozen=True, slots=True)
class Words:
    """How notes speak of what was counted.

    Attributes:
        all_found: Sentence with ``{low}``, the narrowest width.
        none_found: Sentence with ``{high}``, the widest width.
        missed: What was missed, after "widths of".
        found: What was found, in the same sentence.
        widest: What has the widest width.
        narrowest: What has the narrowest width.
    """

    all_found: str
    none_found: str
    missed: str
    found: str
    widest: str
    narrowest: str


@dataclass(frozen=True, slots=True)
class FittedShare:
    """A fitted share.

    Attributes:
        intercept: Of the fit on the natural logarithm of the width in px; None where the
            likelihood has no maximum, or nothing was fitted.
        slope: Of that fit.
        w90_px: Width at which the share is 0.9.
        bound_px: Upper 95 % confidence bound of it, one-sided, by bootstrap over groups.
        delta_px: The same by the delta method, as if trials did not depend on each other: mostly
            too low.
        note: Why there is no ``w90_px``; empty where there is one.
        bound_note: Why there is no ``bound_px``; empty where there is one.
    """

    intercept: float | None = None
    slope: float | None = None
    w90_px: float | None = None
    bound_px: float | None = None
    delta_px: float | None = None
    note: str = ""
    bound_note: str = ""

    def share(self, width_px: Numbers) -> Numbers:
        """(K,) fitted share at (K,) widths above 0; NaN where nothing was fitted."""
        if self.intercept is None or self.slope is None:
            return np.full(np.shape(width_px), np.nan)
        return np.asarray(expit(self.intercept + self.slope * np.log(width_px)), np.float64)

    def points(self, name: str, mm_per_px: float | None) -> dict[str, float | None]:
        """The 90 % point and its bound by the names of a report, ``a90_px``, ``a90_95_px``, ….

        Args:
            name: "a90" for pieces, "l90" for length.
            mm_per_px: Ground resolution; None where it is not known.
        """
        widths = {name: self.w90_px, f"{name}_95": self.bound_px}
        return {
            **{f"{point}_px": width for point, width in widths.items()},
            **{f"{point}_mm": to_mm(width, mm_per_px) for point, width in widths.items()},
        }


def fit_share(table: WidthTable, words: Words, *, resamples: int, seed: int) -> FittedShare:
    """Fit the share that was found against width.

    A draw in which all was found counts as the narrowest width, one with no 90 % point as one
    beyond all widths; one whose hits are all wider than its misses counts as the narrowest hit.

    Args:
        table: Of at least one width.
        words: For the notes.
        resamples: How often the groups are drawn, ≥ 1.
        seed: Of the draws.

    Returns:
        The fit. A 90 % point outside of the widths of the table is not given out: the note says
        where it would lie.
    """
    trials, hits = table.trials.sum(axis=0), table.hits.sum(axis=0)
    log_width = np.log(table.width_px)
    fit = fit_logistic(log_width, trials[None], hits[None])
    is_known = bool(np.isfinite(fit.slope[0]))
    intercept = float(fit.intercept[0]) if is_known else None
    slope = float(fit.slope[0]) if is_known else None
    w90, note = _read_w90(table.width_px, trials, hits, fit, words)
    if w90 is None:
        return FittedShare(intercept, slope, note=note, bound_note=note)
    bound, bound_note = _bound_by_bootstrap(table, words, resamples, seed)
    delta = _bound_by_delta(log_width, trials, fit)
    return FittedShare(intercept, slope, w90, bound, delta, note, bound_note)


def bound_band(table: WidthTable, *, resamples: int, seed: int) -> tuple[BandPoint, ...]:
    """Bounds of the fitted curve, by drawing groups.

    Args:
        table: Of at least one width.
        resamples: How often the groups are drawn, ≥ 1.
        seed: Of the draws.

    Returns:
        40 points by ascending width; none with few groups, or where no draw has a curve.
    """
    if len(table.trials) < FEWEST_GROUPS:
        return ()
    fit = fit_logistic(np.log(table.width_px), *_draw_tables(table, resamples, seed))
    known = np.isfinite(fit.slope)
    if not known.any():
        return ()
    width_px = np.geomspace(table.width_px[0], table.width_px[-1], _BAND_POINTS)
    score = fit.intercept[known, None] + fit.slope[known, None] * np.log(width_px)
    low, high = np.quantile(expit(score), [(1 - _CONFIDENCE) / 2, (1 + _CONFIDENCE) / 2], axis=0)
    return tuple(
        BandPoint(float(width), float(below), float(above))
        for width, below, above in zip(width_px, low, high, strict=True)
    )


def _read_w90(
    width_px: Numbers, trials: Numbers, hits: Numbers, fit: LogisticFit, words: Words
) -> tuple[float | None, str]:
    lowest, highest = float(width_px[0]), float(width_px[-1])
    if hits.sum() == trials.sum():
        return None, words.all_found.format(low=lowest)
    if hits.sum() == 0:
        return None, words.none_found.format(high=highest)
    if np.isnan(fit.slope[0]):
        missed, found = width_px[hits < trials], width_px[hits > 0]
        return None, (
            f"widths of {words.missed} ({missed[0]:g} to {missed[-1]:g} px) and {words.found} "
            f"({found[0]:g} to {found[-1]:g} px) do not overlap, so no curve can be fitted"
        )
    if fit.slope[0] <= 0:
        return None, "wider cracks were not detected more often than narrow ones"
    w90 = float(_exp(fit.solve(_SHARE))[0])
    if w90 > highest:
        return None, f"the 90 % point lies beyond the {words.widest} of {highest:g} px"
    if w90 < lowest:
        return None, f"the 90 % point lies below the {words.narrowest} of {lowest:g} px"
    return w90, ""


def _bound_by_bootstrap(
    table: WidthTable, words: Words, resamples: int, seed: int
) -> tuple[float | None, str]:
    n_groups = len(table.trials)
    if n_groups < FEWEST_GROUPS:
        return None, f"{n_groups} groups of photos are too few: {FEWEST_GROUPS} are needed"
    drawn = _draw_w90(table.width_px, *_draw_tables(table, resamples, seed))
    # "higher": the bound may lie beyond all widths, and is never taken between two draws.
    bound = float(np.quantile(drawn, _CONFIDENCE, method="higher"))
    if bound > table.width_px[-1]:
        share = float(np.mean(drawn > table.width_px[-1]))
        return None, (
            f"not known: in {format_number(share, PERCENT)} of the bootstrap resamples the 90 % "
            f"point lies beyond the {words.widest}"
        )
    return bound, ""


def _draw_tables(table: WidthTable, resamples: int, seed: int) -> tuple[Numbers, Numbers]:
    """Trials and hits of each draw of the groups, (D, W)."""
    n_groups = len(table.trials)
    batches = list(draw_weights(n_groups, resamples=resamples, seed=seed))
    weights = np.concatenate(batches)
    return weights @ table.trials, weights @ table.hits


def _draw_w90(width_px: Numbers, trials: Numbers, hits: Numbers) -> Numbers:
    """(D,) 90 % points of draws; infinite where there is none."""
    fit = fit_logistic(np.log(width_px), trials, hits)
    w90 = np.where(fit.slope > 0, _exp(fit.solve(_SHARE)), np.inf)
    found = np.where(hits > 0, width_px, np.inf).min(axis=1)
    missed = np.where(hits < trials, width_px, -np.inf).max(axis=1)
    separated = np.isnan(fit.slope) & (found >= missed)
    w90[separated] = found[separated]
    return np.asarray(np.maximum(w90, width_px[0]), np.float64)


def _bound_by_delta(log_width: Numbers, trials: Numbers, fit: LogisticFit) -> float:
    error = standard_error_of_solution(
        log_width, trials, float(fit.intercept[0]), float(fit.slope[0]), share=_SHARE
    )
    return float(_exp(fit.solve(_SHARE) + _NORMAL_95_ONE_SIDED * error)[0])


def _exp(value: Numbers) -> Numbers:
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(value), np.float64)


_MOST_STEPS = 50
_MOST_HALVINGS = 30
_SMALL_STEP = 1e-10


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
    p = expit(intercept + slope * x)
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
    p = expit(a[:, None] + b[:, None] * z)
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
