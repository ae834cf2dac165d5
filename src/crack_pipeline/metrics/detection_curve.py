"""Probability of detection against crack width: what is reported of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class WidthBin:
    """How much of the true crack length of one width was found.

    Attributes:
        from_px: Lowest width.
        to_px: Widths lie below it; None for the last bin.
        length_px: Pixels of the true centreline.
        share_found: Share of these that was found.
    """

    from_px: int
    to_px: int | None
    length_px: int
    share_found: float


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


@dataclass(frozen=True, slots=True)
class DetectionCurve:
    """Probability of detection against crack width.

    Attributes:
        units: Number of units of up to 10 px, which the curve is made of.
        detected: Number of these with at least half of their length found.
        wider_units: Number of wider units.
        wider_detected: Number of these with at least half of their length found.
        groups: Number of groups of photos that hold units of the curve.
        narrowest_px: Width of the narrowest unit of the curve; None without units.
        widest_px: Width of the widest one.
        by_width: The bins that hold crack.
        intercept: Of the logistic fit on the natural logarithm of the width in px; None where the
            likelihood has no maximum.
        slope: Of that fit.
        band: Bounds of the curve by ascending width; empty where nothing can be drawn.
        a90_px: Width at which nine of ten units are detected.
        a90_95_px: Upper 95 % confidence bound of it, one-sided, by bootstrap over groups.
        a90_95_delta_px: The same by the delta method as if units did not depend on each other:
            mostly too low.
        a90_mm: As ``a90_px``; None where the scale is not known, as the next two.
        a90_95_mm: As ``a90_95_px``.
        a90_95_delta_mm: As ``a90_95_delta_px``.
        note: Why there is no ``a90_px``; empty where there is one.
        bound_note: Why there is no ``a90_95_px``; empty where there is one.
    """

    units: int
    detected: int
    wider_units: int
    wider_detected: int
    groups: int
    narrowest_px: float | None
    widest_px: float | None
    by_width: tuple[WidthBin, ...]
    intercept: float | None
    slope: float | None
    band: tuple[BandPoint, ...]
    a90_px: float | None
    a90_95_px: float | None
    a90_95_delta_px: float | None
    a90_mm: float | None
    a90_95_mm: float | None
    a90_95_delta_mm: float | None
    note: str
    bound_note: str

    def probability(self, width_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Fitted probability of detection.

        Args:
            width_px: (K,) widths above 0.

        Returns:
            (K,) probabilities; NaN where nothing was fitted.
        """
        if self.intercept is None or self.slope is None:
            return np.full(np.shape(width_px), np.nan)
        score = self.intercept + self.slope * np.log(width_px)
        return np.asarray(0.5 * (1 + np.tanh(score / 2)), np.float64)
