"""Cracks as lines: are they unbroken, and are thin ones found?

Empty masks: with neither true nor predicted centreline all rates are 1; where only one of them is
empty, clDice and the F1 of a stratum are 0 (see :mod:`crack_pipeline.metrics.rates`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.metrics.counts import CountArray
from crack_pipeline.metrics.mask_geometry import MaskGeometry, MaskLike, derive_geometry, thin
from crack_pipeline.metrics.rates import RateArray, harmonic_mean, share_found

__all__ = ["STRATA", "CentrelineCounts", "measure_centrelines", "summarize_centrelines", "thin"]

STRATA = ("thin", "medium", "wide")
"""Crack widths below 3 px, from 3 to 8 px, and above."""

_BOUNDS_PX = (3.0, 8.0)


@dataclass(frozen=True, slots=True, eq=False)
class CentrelineCounts:
    """Pixels of true and predicted centrelines, of one photo, (), or of N, (N,).

    Attributes:
        predicted: Of the predicted centreline.
        predicted_inside: Of these, inside the true mask.
        truth: Of the true centreline.
        truth_inside: Of these, inside the predicted mask.
        predicted_by_width: (…, 3) of the predicted centreline by the predicted width.
        right_by_width: (…, 3) of these, within the tolerance of the true mask.
        truth_by_width: (…, 3) of the true centreline by the true width.
        found_by_width: (…, 3) of these, within the tolerance of the predicted mask.
    """

    predicted: CountArray
    predicted_inside: CountArray
    truth: CountArray
    truth_inside: CountArray
    predicted_by_width: CountArray
    right_by_width: CountArray
    truth_by_width: CountArray
    found_by_width: CountArray

    @classmethod
    def stack(cls, photos: Sequence["CentrelineCounts"]) -> "CentrelineCounts":
        """Counts of N ≥ 1 photos, (N,)."""
        return cls(
            *(np.stack([getattr(photo, name) for photo in photos]) for name in cls.__slots__)
        )

    def pooled(self) -> "CentrelineCounts":
        """The counts summed over the first axis: all photos as if they were one."""
        return CentrelineCounts(*(getattr(self, name).sum(axis=0) for name in self.__slots__))

    def cldice(self) -> RateArray:
        """Harmonic mean of the shares of either centreline that lie inside the other mask.

        Source:
            Shit et al. (2021), clDice, equation 3, arXiv:2003.07311.
        """
        missed = self.truth - self.truth_inside
        false = self.predicted - self.predicted_inside
        return harmonic_mean(
            share_found(self.predicted_inside, false, self.truth),
            share_found(self.truth_inside, missed, self.predicted),
        )

    def recall_by_width(self) -> RateArray:
        """(…, 3) share of the true centreline that is found, by its own width."""
        missed = self.truth_by_width - self.found_by_width
        return share_found(self.found_by_width, missed, np.zeros_like(missed))

    def f1_by_width(self) -> RateArray:
        """(…, 3) F1 of each stratum.

        A false alarm has no true width, so precision goes by the predicted width, recall by the
        true one.
        """
        false = self.predicted_by_width - self.right_by_width
        precision = share_found(self.right_by_width, false, self.truth_by_width)
        missed = self.truth_by_width - self.found_by_width
        recall = share_found(self.found_by_width, missed, self.predicted_by_width)
        return harmonic_mean(precision, recall)


def measure_centrelines(
    predicted: MaskLike, truth: MaskLike, *, tolerance_px: float
) -> CentrelineCounts:
    """Thin both masks and count where their centrelines lie.

    Args:
        predicted: (H, W) of {0, 1}, or its geometry.
        truth: (H, W) of {0, 1}, or its geometry.
        tolerance_px: Distance between pixel centres within which a strip counts as found, ≥ 0.

    Returns:
        Counts of shape ().

    Raises:
        ShapeError: If the shapes differ.
    """
    p, t = derive_geometry(predicted, truth)
    line_p, line_t = p.line, t.line
    near_p, near_t = p.near(tolerance_px), t.near(tolerance_px)
    kind_p, kind_t = _strata(p), _strata(t)
    return CentrelineCounts(
        predicted=np.array(line_p.sum()),
        predicted_inside=np.array((line_p & t.pixels).sum()),
        truth=np.array(line_t.sum()),
        truth_inside=np.array((line_t & p.pixels).sum()),
        predicted_by_width=_count(kind_p),
        right_by_width=_count(kind_p[near_t[line_p]]),
        truth_by_width=_count(kind_t),
        found_by_width=_count(kind_t[near_p[line_t]]),
    )


def summarize_centrelines(photos: CentrelineCounts, *, tolerance_px: int) -> dict[str, float]:
    """Flat metrics of N photos.

    Args:
        photos: Counts of shape (N,).
        tolerance_px: The tolerance that they were measured with.

    Returns:
        clDice pooled and as the photos' mean; recall and F1 of each stratum, pooled.
    """
    pooled = photos.pooled()
    summary = {
        "cldice_pooled": float(pooled.cldice()),
        "cldice_mean": float(photos.cldice().mean()),
    }
    for name, recall, f1 in zip(
        STRATA, pooled.recall_by_width(), pooled.f1_by_width(), strict=True
    ):
        summary[f"recall_tolerance_{tolerance_px}px_{name}_pooled"] = float(recall)
        summary[f"f1_tolerance_{tolerance_px}px_{name}_pooled"] = float(f1)
    return summary


def _strata(geometry: MaskGeometry) -> NDArray[np.int64]:
    return np.asarray(np.digitize(geometry.line_width_px, _BOUNDS_PX), np.int64)


def _count(kinds: NDArray[np.int64]) -> CountArray:
    return np.bincount(kinds, minlength=len(STRATA)).astype(np.int64)
