"""Cracks as lines: are they unbroken, and are thin ones found?

Empty masks: with neither true nor predicted centreline all rates are 1; where only one of them is
empty, clDice and the F1 of a stratum are 0 (see :mod:`crack_pipeline.metrics.rates`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.morphology import skeletonize

from crack_pipeline.metrics.counts import CountArray, require_same_shape
from crack_pipeline.metrics.histograms import draw_disc
from crack_pipeline.metrics.rates import RateArray, harmonic_mean, share_found
from crack_pipeline.types import BinaryMask

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
    predicted: BinaryMask, truth: BinaryMask, *, tolerance_px: float
) -> CentrelineCounts:
    """Thin both masks and count where their centrelines lie.

    Args:
        predicted: (H, W) of {0, 1}.
        truth: (H, W) of {0, 1}.
        tolerance_px: Distance between pixel centres within which a strip counts as found, ≥ 0.

    Returns:
        Counts of shape ().

    Raises:
        ShapeError: If the shapes differ.
    """
    require_same_shape(truth, predicted)
    line_p, line_t = thin(predicted), thin(truth)
    near_p, near_t = _widen(predicted, tolerance_px), _widen(truth, tolerance_px)
    kind_p, kind_t = _strata(predicted, line_p), _strata(truth, line_t)
    return CentrelineCounts(
        predicted=np.array(line_p.sum()),
        predicted_inside=np.array((line_p & (truth > 0)).sum()),
        truth=np.array(line_t.sum()),
        truth_inside=np.array((line_t & (predicted > 0)).sum()),
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


def thin(mask: BinaryMask) -> NDArray[np.bool_]:
    """Centreline of a mask, one pixel wide.

    Args:
        mask: (H, W) of {0, 1}.

    Returns:
        (H, W) bool.

    Source:
        Zhang, Suen (1984), A fast parallel algorithm for thinning digital patterns,
        https://doi.org/10.1145/357994.358023
    """
    skeleton = skeletonize(mask > 0)  # type: ignore[no-untyped-call]
    return np.asarray(skeleton, np.bool_)


def _strata(mask: BinaryMask, line: NDArray[np.bool_]) -> NDArray[np.int64]:
    # To the centre of the nearest background pixel: 1 for lines of 1 and 2 px, 2 for 3 and 4 px;
    # taking half a pixel off twice that is off by half a pixel either way, as in mask_width.py.
    distance = cv2.distanceTransform((mask > 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    # A mask without background has no distance: OpenCV gives the largest float.
    width_px = 2.0 * np.minimum(np.asarray(distance)[line], mask.size) - 0.5
    return np.asarray(np.digitize(width_px, _BOUNDS_PX), np.int64)


def _widen(mask: BinaryMask, tolerance_px: float) -> NDArray[np.bool_]:
    return np.asarray(cv2.dilate((mask > 0).astype(np.uint8), draw_disc(tolerance_px)) > 0)


def _count(kinds: NDArray[np.int64]) -> CountArray:
    return np.bincount(kinds, minlength=len(STRATA)).astype(np.int64)
