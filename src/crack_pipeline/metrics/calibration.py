"""Calibration of probabilities: reliability by bin, and the temperature that divides logits.

A prediction is calibrated where of all pixels (or photos) of probability 0.7, 70 % are crack. For
masks only a band around true and predicted crack is looked at: nearly all pixels of a photo are
background that nobody doubts, and with them any network would look calibrated. The temperature is
fitted on validation from histograms of logits, which photos add up, so no map is kept.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.measure.geometry import derive_geometry, require_same_shape
from crack_pipeline.metrics.additive import Additive
from crack_pipeline.metrics.rates import divide, require_probabilities

BINS = 15
BAND_PX = 16.0


@dataclass(frozen=True, slots=True, eq=False)
class ReliabilityCounts(Additive):
    """Sums over pixels or photos by bin of probability; the last axis is the bin.

    Attributes:
        count: How many fell into the bin.
        probability: Sum of their probabilities.
        crack: How many of them are crack.
        squared_error: Sum over the bin of (probability − truth)².
    """

    count: NDArray[np.float64]
    probability: NDArray[np.float64]
    crack: NDArray[np.float64]
    squared_error: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ReliabilityCurve:
    """Points of a reliability diagram, of the bins that hold something.

    Attributes:
        probability: Mean probability of each bin.
        share: Share of crack in it.
        count: How many it holds.
    """

    probability: NDArray[np.float64]
    share: NDArray[np.float64]
    count: NDArray[np.float64]


def find_band(
    truth: ArrayLike, predicted: ArrayLike, *, band_px: float = BAND_PX
) -> NDArray[np.bool_]:
    """Pixels near true or predicted crack.

    Args:
        truth: (H, W) of {0, 1}.
        predicted: (H, W) of {0, 1}.
        band_px: Euclidean distance between pixel centres, ≥ 0.

    Returns:
        (H, W), True within the distance of a crack pixel of either; nowhere if both are empty.

    Raises:
        ShapeError: If the masks differ in shape or are not two-dimensional.
        ParameterError: If the distance is negative.
    """
    called, crack = derive_geometry(np.asarray(predicted), np.asarray(truth))
    if not band_px >= 0:
        raise ParameterError(
            "`band_px` must be at least 0.",
            received=f"{band_px}",
            remedy="Give a distance in pixels; 16 holds a crack and what lies beside it.",
        )
    either = crack.pixels | called.pixels
    if not either.any():
        return either
    away = cv2.distanceTransform((~either).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(away <= band_px + 1e-3, np.bool_)


def count_reliability(
    probability: ArrayLike, truth: ArrayLike, *, bins: int = BINS
) -> ReliabilityCounts:
    """Sum up pixels of one photo, or photos, by bins of equal width.

    A probability on an edge belongs to the bin below it, as in the source.

    Args:
        probability: (P,) in [0, 1]; for masks ``map[band]``.
        truth: (P,) of {0, 1}; for masks ``mask[band]``.
        bins: B ≥ 1.

    Returns:
        Sums of shape (B,); zeros where P is 0.

    Raises:
        ShapeError: If the shapes differ.
        ParameterError: If a probability is not in [0, 1], or there is no bin.

    Source:
        Guo, C., Pleiss, G., Sun, Y., Weinberger, K. Q. (2017), On calibration of modern neural
        networks, section 2, https://arxiv.org/abs/1706.04599; here for the probability of crack
        rather than for that of the likelier class.
    """
    values, crack = require_pairs(probability, truth)
    if bins < 1:
        raise ParameterError(
            "`bins` must be at least 1.", received=f"{bins}", remedy="15 bins are usual."
        )
    edges = np.linspace(0.0, 1.0, bins + 1)[1:-1]
    places = np.searchsorted(edges, values, side="left")

    def add_up(weights: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(places, weights, minlength=bins).astype(np.float64)

    squared = np.square(values - crack)
    return ReliabilityCounts(
        add_up(np.ones_like(values)), add_up(values), add_up(crack), add_up(squared)
    )


def list_reliability(
    probability: ArrayLike, truth: ArrayLike, *, bins: int = BINS
) -> ReliabilityCounts:
    """Sums of each of N labelled photos by itself, for a bootstrap over photos.

    Args:
        probability: (N,) in [0, 1].
        truth: (N,) of {0, 1}.
        bins: B ≥ 1.

    Returns:
        Sums of shape (N, B), one bin of each row filled.

    Raises:
        ShapeError: If the shapes differ.
        ParameterError: If a probability is not in [0, 1], or there is no bin.
    """
    values, crack = require_pairs(probability, truth)
    each = zip(values[:, None], crack[:, None], strict=True)
    return ReliabilityCounts.stack([count_reliability(*photo, bins=bins) for photo in each])


def rate_calibration(sums: ReliabilityCounts) -> dict[str, NDArray[np.float64]]:
    """Errors of calibration, from sums.

    Args:
        sums: Of shape (…, B), added up over photos.

    Returns:
        Each (…): ``ece``, the expected calibration error (the gap between mean probability and
        share of crack of a bin, averaged with the bins' counts), ``mce``, the largest such gap, and
        the Brier score. NaN where there is no pixel.

    Source:
        Guo et al. (2017), equations 3 and 5, https://arxiv.org/abs/1706.04599; Brier (1950),
        https://doi.org/10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2

    >>> rate_calibration(count_reliability([0.1, 0.1, 0.9], [0, 1, 1]))["ece"].round(3).item()
    0.3
    """
    total = sums.count.sum(axis=-1)
    apart = np.abs(sums.probability - sums.crack)
    largest = divide(apart, sums.count, if_empty=0.0).max(axis=-1)
    return {
        "ece": divide(apart.sum(axis=-1), total, if_empty=np.nan),
        "mce": np.where(total > 0, largest, np.nan),
        "brier": divide(sums.squared_error.sum(axis=-1), total, if_empty=np.nan),
    }


def trace_reliability(pooled: ReliabilityCounts) -> ReliabilityCurve:
    """Points of a reliability diagram.

    Args:
        pooled: Sums of shape (B,).

    Returns:
        The curve; without points where there is no pixel.
    """
    filled = pooled.count > 0
    count = pooled.count[filled]
    return ReliabilityCurve(pooled.probability[filled] / count, pooled.crack[filled] / count, count)


def require_pairs(
    probability: ArrayLike, truth: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Check that probabilities and truth belong together.

    Args:
        probability: (P,) in [0, 1].
        truth: (P,) of {0, 1} or bool.

    Returns:
        Both as float64.

    Raises:
        ShapeError: If they have not one axis and as many elements.
        ParameterError: If a probability is not in [0, 1].
    """
    values, crack = np.asarray(probability, np.float64), np.asarray(truth) > 0
    require_same_shape(crack, values)
    if values.ndim != 1:
        raise ShapeError(
            "Calibration takes pixels or photos on one axis.",
            received=f"shape {values.shape}",
            remedy="Pass map[band] and mask[band], or the photos' probabilities and labels.",
        )
    require_probabilities(values)
    return values, crack.astype(np.float64)


LOGITS: NDArray[np.float64] = np.linspace(-10.0, 10.0, 201)
"""Centres of the bins; what lies beyond counts to the outermost."""

_LOWEST, _HIGHEST = 0.05, 20.0
_AT_A_BOUND = 1.01


@dataclass(frozen=True, slots=True, eq=False)
class LogitHistograms(Additive):
    """How many pixels (or photos) have which logit; the last axis is the bin, (…, 201).

    Attributes:
        crack: Those that are crack.
        background: Those that are not.
    """

    crack: NDArray[np.int64]
    background: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Temperature:
    """A fitted temperature.

    Attributes:
        value: T > 0; above 1 the network was too sure of itself, below 1 too unsure.
        loss_before: Mean negative log likelihood at T = 1; None where nothing was fitted.
        loss_after: The same at T.
        note: Empty, or why the temperature means little.
    """

    value: float
    loss_before: float | None
    loss_after: float | None
    note: str = ""


def count_logits(probability: ArrayLike, truth: ArrayLike) -> LogitHistograms:
    """Histograms of the logits of one photo's pixels, or of photos.

    Args:
        probability: (P,) in [0, 1]; for masks ``map[band]``.
        truth: (P,) of {0, 1}; for masks ``mask[band]``.

    Returns:
        Histograms of shape (201,).

    Raises:
        ShapeError: If the shapes differ.
        ParameterError: If a probability is not in [0, 1].
    """
    values, crack = require_pairs(probability, truth)
    per_unit = (len(LOGITS) - 1) / (LOGITS[-1] - LOGITS[0])
    clipped = np.clip(logit(values), LOGITS[0], LOGITS[-1])
    places = np.rint((clipped - LOGITS[0]) * per_unit).astype(np.int64)
    shown = crack > 0
    return LogitHistograms(
        np.bincount(places[shown], minlength=len(LOGITS)),
        np.bincount(places[~shown], minlength=len(LOGITS)),
    )


def fit_temperature(pooled: LogitHistograms) -> Temperature:
    """Find the temperature that makes the truth likeliest.

    Args:
        pooled: Histograms of all validation photos, (201,).

    Returns:
        The temperature; 1 with a note where validation holds no pixel or one class only.

    Source:
        Guo, C., Pleiss, G., Sun, Y., Weinberger, K. Q. (2017), On calibration of modern neural
        networks, section 4.2, https://arxiv.org/abs/1706.04599
    """
    n_crack, n_background = int(pooled.crack.sum()), int(pooled.background.sum())
    if n_crack == 0 or n_background == 0:
        missing = "nothing" if n_crack == n_background else "one class only"
        return Temperature(1.0, None, None, f"validation holds {missing}, so nothing was fitted")

    def loss(log_temperature: float) -> float:
        scaled = LOGITS / np.exp(log_temperature)
        total = pooled.crack @ np.logaddexp(0, -scaled) + pooled.background @ np.logaddexp(
            0, scaled
        )
        return float(total / (n_crack + n_background))

    bounds = (np.log(_LOWEST), np.log(_HIGHEST))
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-6})
    value = float(np.exp(found.x))
    return Temperature(value, loss(0.0), float(found.fun), _describe_bound(value))


def apply_temperature(probability: ArrayLike, temperature: float) -> NDArray[np.floating[Any]]:
    """Divide logits by a temperature.

    The order of the probabilities stays, and 0, 0.5 and 1 stay where they are; another decision
    threshold moves along: the mask at ``apply_temperature(threshold, T)`` is the same.

    Args:
        probability: Any shape, in [0, 1].
        temperature: T > 0.

    Returns:
        sigmoid(logit / T), in the shape of the input; float32 for float32, else float64.

    Raises:
        ParameterError: If the temperature is not a positive number.
    """
    if not (np.isfinite(temperature) and temperature > 0):
        raise ParameterError(
            "`temperature` must be a number above 0.",
            received=f"{temperature}",
            remedy="Fit it on validation, or pass 1 to leave probabilities as they are.",
        )
    values = np.asarray(probability)
    kind = np.float32 if values.dtype == np.float32 else np.float64
    if temperature == 1.0:
        return values.astype(kind)
    scaled = expit(logit(values.astype(np.float64)) / temperature)
    return np.asarray(scaled, kind)


def _describe_bound(value: float) -> str:
    if value < _LOWEST * _AT_A_BOUND:
        return f"at its lower bound {_LOWEST}: validation is told right without any doubt"
    if value > _HIGHEST / _AT_A_BOUND:
        return f"at its upper bound {_HIGHEST}: the probabilities say nothing of the truth"
    return ""
