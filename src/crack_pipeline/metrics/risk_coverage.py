"""Risk against coverage: how much is gained by deferring doubtful photos to a person."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.metrics.histograms import THRESHOLDS
from crack_pipeline.metrics.rates import divide

_N_LEVELS = len(THRESHOLDS)


def _name_levels() -> NDArray[np.float64]:
    """Middle of each level; 0 for the lowest one, where the mass of the background lies near 0."""
    levels = (np.arange(_N_LEVELS) + 0.5) / (_N_LEVELS - 1)
    levels[[0, -1]] = 0.0, 1.0
    levels.setflags(write=False)
    return levels


LEVEL_PROBABILITIES = _name_levels()
"""(101,) probability that stands for the pixels of each level of ``ProbabilityHistograms``."""


@dataclass(frozen=True, slots=True, eq=False)
class RiskCoverage:
    """Mean risk of the photos that are kept, the most confident first.

    Attributes:
        coverage: (N,) share of the photos kept, 1/N, 2/N, …, 1.
        risk: (N,) mean risk of the kept photos.
        oracle: (N,) the same if photos were kept by their true risk.
        area: Mean of ``risk`` over all coverages (AURC).
        oracle_area: The same of ``oracle``; no confidence can do better.
    """

    coverage: NDArray[np.float64]
    risk: NDArray[np.float64]
    oracle: NDArray[np.float64]
    area: float
    oracle_area: float

    @property
    def excess(self) -> float:
        """Area above the oracle's (E-AURC); 0 for a perfect order."""
        return self.area - self.oracle_area


def expect_dice(
    level_counts: NDArray[np.int64],
    index: int,
    *,
    level_probabilities: NDArray[np.float64] = LEVEL_PROBABILITIES,
) -> NDArray[np.float64]:
    """Dice of photos that their own probabilities expect, from histograms.

    With the probabilities as the truth, Dice is about 2 Σ p [p ≥ t] / (Σ [p ≥ t] + Σ p). Where
    nothing is predicted Dice is 1 or 0, as the truth is empty or not, and exp(−Σ p) is how likely
    it is empty: 1 where Σ p is about 0.

    Args:
        level_counts: (…, 101) pixels by probability, crack and background together.
        index: Of the decision threshold in the grid.
        level_probabilities: (101,) calibrated probability of each level, for instance
            ``apply_temperature(LEVEL_PROBABILITIES, T)``.

    Returns:
        (…) in [0, 1].

    Raises:
        ShapeError: If the last axis does not hold 101 levels.
        ParameterError: If the index is not one of the grid.
    """
    counts = np.asarray(level_counts, np.float64)
    if counts.shape[-1:] != (_N_LEVELS,) or np.shape(level_probabilities) != (_N_LEVELS,):
        raise ShapeError(
            f"Histograms and `level_probabilities` must hold {_N_LEVELS} levels.",
            received=f"{counts.shape} and {np.shape(level_probabilities)}",
            remedy="Pass crack + background of ProbabilityHistograms.",
        )
    if not 0 <= index < _N_LEVELS:
        raise ParameterError(
            f"`index` must be a place in the grid, 0 to {_N_LEVELS - 1}.",
            received=f"{index}",
            remedy="Take it from grid_index(threshold).",
        )
    expected = counts * level_probabilities
    predicted, crack = counts[..., index:].sum(axis=-1), expected.sum(axis=-1)
    dice = divide(2 * expected[..., index:].sum(axis=-1), predicted + crack, if_empty=1.0)
    return np.where(predicted > 0, dice, np.exp(-crack))


def expect_right(probability: ArrayLike, predicted: ArrayLike) -> NDArray[np.float64]:
    """How likely each predicted label is right.

    Args:
        probability: (N,) calibrated, in [0, 1].
        predicted: (N,) of {0, 1}: the labels that were decided on.

    Returns:
        (N,) the probability where crack was predicted, else 1 less it.

    Raises:
        ShapeError: If the shapes differ.
    """
    values, crack = np.asarray(probability, np.float64), np.asarray(predicted) > 0
    if values.shape != crack.shape:
        raise ShapeError(
            "Probabilities and predicted labels must have the same shape.",
            received=f"{values.shape} and {crack.shape}",
            remedy="Pass the probabilities and `probabilities >= threshold`.",
        )
    return np.where(crack, values, 1.0 - values)


def trace_risk(confidence: ArrayLike, risk: ArrayLike) -> RiskCoverage:
    """Risk of the kept photos at each coverage.

    Photos of the same confidence are kept in any order; the curve is the mean over these orders.

    Args:
        confidence: (N,) higher is surer, N ≥ 1.
        risk: (N,) ≥ 0: 1 − Dice, or 1 for a wrong label.

    Returns:
        The curve and its areas.

    Raises:
        ShapeError: If there is not one finite number of each a photo.

    Source:
        Geifman, Y., El-Yaniv, R. (2017), Selective classification for deep neural networks,
        https://arxiv.org/abs/1705.08500; areas: Geifman, Y., Uziel, G., El-Yaniv, R. (2019),
        Bias-reduced uncertainty estimation for deep neural classifiers,
        https://arxiv.org/abs/1805.08206
    """
    sure, cost = np.asarray(confidence, np.float64), np.asarray(risk, np.float64)
    finite = np.isfinite(sure).all() and np.isfinite(cost).all()
    if sure.ndim != 1 or sure.shape != cost.shape or sure.size == 0 or not finite:
        raise ShapeError(
            "Risk and coverage need one finite confidence and one finite risk a photo.",
            received=f"confidence {sure.shape}, risk {cost.shape}, "
            f"{'all' if finite else 'not all'} finite",
            remedy="Pass both for the same photos, at least one.",
        )
    kept = _mean_of_kept(-sure, cost)
    oracle = _mean_of_kept(cost, cost)
    coverage = np.arange(1, len(cost) + 1) / len(cost)
    return RiskCoverage(coverage, kept, oracle, float(kept.mean()), float(oracle.mean()))


def share_to_hand_over(curve: RiskCoverage) -> float | None:
    """Share of the photos to hand to a person so that the rest has half the risk of all.

    Args:
        curve: From ``trace_risk``.

    Returns:
        The least share; 0 where there is no risk; None where no share is enough.
    """
    enough = np.flatnonzero(curve.risk <= curve.risk[-1] / 2)
    n_photos = len(curve.risk)
    return float(n_photos - 1 - enough[-1]) / n_photos if enough.size else None


def _mean_of_kept(order_by: NDArray[np.float64], risk: NDArray[np.float64]) -> NDArray[np.float64]:
    _, places = np.unique(order_by, return_inverse=True)
    sizes = np.bincount(places)
    evened = np.repeat(np.bincount(places, risk) / sizes, sizes)
    return np.cumsum(evened) / np.arange(1, len(risk) + 1)
