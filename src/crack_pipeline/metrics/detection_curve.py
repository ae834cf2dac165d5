"""Probability of detection against crack width: what is reported of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit


@dataclass(frozen=True, slots=True)
class WidthBin:
    """How much of the true crack of one width was found.

    Attributes:
        from_px: Lowest width.
        to_px: Widths lie below it; None for the last bin.
        length_px: Pixels of the true centreline.
        share_found: Share of these that was found.
        units: Units whose median width lies here.
        detected: Of these, with at least half of their length found.
    """

    from_px: int
    to_px: int | None
    length_px: int
    share_found: float
    units: int
    detected: int


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
class LengthCurve:
    """Share of the true crack length that is found, against crack width.

    Attributes:
        intercept: Of the logistic fit on the natural logarithm of the width in px; None where the
            likelihood has no maximum.
        slope: Of that fit.
        l90_px: Width at which nine tenths of the length are found.
        l90_95_px: Upper 95 % confidence bound of it, one-sided, by bootstrap over groups.
        l90_mm: As ``l90_px``; None where the scale is not known, as the next one.
        l90_95_mm: As ``l90_95_px``.
        note: Why there is no ``l90_px``; empty where there is one.
        bound_note: Why there is no ``l90_95_px``; empty where there is one.
    """

    intercept: float | None
    slope: float | None
    l90_px: float | None
    l90_95_px: float | None
    l90_mm: float | None
    l90_95_mm: float | None
    note: str
    bound_note: str

    def share(self, width_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Fitted share of the length that is found.

        Args:
            width_px: (K,) widths above 0.

        Returns:
            (K,) shares; NaN where nothing was fitted.
        """
        return _logistic_of_width(self.intercept, self.slope, width_px)


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
        length: The same question asked of length: half of a unit found counts as half.
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
    length: LengthCurve

    def probability(self, width_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Fitted probability of detection.

        Args:
            width_px: (K,) widths above 0.

        Returns:
            (K,) probabilities; NaN where nothing was fitted.
        """
        return _logistic_of_width(self.intercept, self.slope, width_px)


def _logistic_of_width(
    intercept: float | None, slope: float | None, width_px: NDArray[np.float64]
) -> NDArray[np.float64]:
    if intercept is None or slope is None:
        return np.full(np.shape(width_px), np.nan)
    return np.asarray(expit(intercept + slope * np.log(width_px)), np.float64)
