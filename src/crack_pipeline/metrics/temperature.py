"""One number that makes probabilities calibrated: the temperature that logits are divided by.

It is fitted on validation from histograms of logits, which photos add up, so no map is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit

from crack_pipeline.errors import ParameterError
from crack_pipeline.metrics.calibration import require_pairs

LOGITS: NDArray[np.float64] = np.linspace(-10.0, 10.0, 201)
"""Centres of the bins; what lies beyond counts to the outermost."""

_LOWEST, _HIGHEST = 0.05, 20.0
_AT_A_BOUND = 1.01


@dataclass(frozen=True, slots=True, eq=False)
class LogitHistograms:
    """How many pixels (or photos) have which logit; the last axis is the bin, (…, 201).

    Attributes:
        crack: Those that are crack.
        background: Those that are not.
    """

    crack: NDArray[np.int64]
    background: NDArray[np.int64]

    @classmethod
    def add_up(cls, photos: Sequence["LogitHistograms"]) -> "LogitHistograms":
        """Sum over photos.

        Args:
            photos: Histograms of one photo each; may be none.

        Returns:
            Histograms of shape (201,).
        """
        empty = np.zeros(len(LOGITS), np.int64)
        return cls(
            sum((photo.crack for photo in photos), start=empty),
            sum((photo.background for photo in photos), start=empty),
        )


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
