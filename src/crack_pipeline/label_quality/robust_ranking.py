"""How unusual a value is within its data set, by median and median absolute deviation."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.float64]

_SIGMA_A_MAD = 1.4826
_USUAL = 1.0  # excess up to one robust standard deviation says nothing
_HALF_AT = 3.0
_MOST = 50.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that can be wrong with a label.

    Attributes:
        name: What the report calls it.
        least_scale: Smallest robust standard deviation, in the check's unit: a data set whose
            values are all alike must not make a crumb an outlier.
        bad_side: Whether high or low values are bad.
    """

    name: str
    least_scale: float
    bad_side: Literal["high", "low"] = "high"


def measure_excess(values: ArrayLike, check: Check) -> Numbers:
    """Robust standard deviations by which each value lies on the bad side of the median.

    Args:
        values: (N,) numbers; NaN where the check says nothing of a photo.
        check: What they mean.

    Returns:
        (N,) ≥ 0; 0 up to one robust standard deviation, at most 50, and 0 for NaN.

    Source:
        Iglewicz, B., Hoaglin, D. (1993), How to Detect and Handle Outliers, ASQC Quality Press
        (the modified z-score).
    """
    numbers = np.asarray(values, np.float64)
    known = numbers[np.isfinite(numbers)]
    if known.size == 0:
        return np.zeros(numbers.shape)
    median = float(np.median(known))
    scale = max(_SIGMA_A_MAD * float(np.median(np.abs(known - median))), check.least_scale)
    deviation = (numbers - median) / scale * (1.0 if check.bad_side == "high" else -1.0)
    excess = np.clip(deviation - _USUAL, 0.0, _MOST)
    return np.asarray(np.where(np.isfinite(numbers), excess, 0.0), np.float64)


def to_score(excess: ArrayLike) -> Numbers:
    """Map an excess to a score that means the same in every data set.

    Args:
        excess: (N,) ≥ 0, the sum over checks.

    Returns:
        (N,) in [0, 1): 0 for what is usual, 0.5 for an excess of three robust standard deviations.
    """
    numbers = np.asarray(excess, np.float64)
    return np.asarray(numbers / (numbers + _HALF_AT), np.float64)
