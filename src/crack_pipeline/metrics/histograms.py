"""One pass over a photo that holds all that any threshold of the grid needs.

A photo becomes four histograms of 101 probability levels. Every count at every threshold, with and
without tolerance, is a sum over levels, so maps need not be kept and memory stays flat.
"""

import math
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.measure.geometry import draw_disc, require_same_shape
from crack_pipeline.metrics import rates
from crack_pipeline.metrics.additive import Additive
from crack_pipeline.metrics.rates import (
    ConfusionCounts,
    Matches,
    RateArray,
    require_probabilities,
)
from crack_pipeline.types import BinaryMask, ProbabilityMap

THRESHOLDS: NDArray[np.float32] = (np.arange(101) / 100).astype(np.float32)
"""The grid: 0.00, 0.01, …, 1.00. A pixel is predicted where its probability is ≥ the threshold."""

_N_LEVELS = len(THRESHOLDS)

LevelCounts: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class ProbabilityHistograms(Additive):
    """Histograms over the 101 levels; the last axis is the level, an axis before it the photo.

    Attributes:
        crack: Crack pixels by their probability.
        background: Background pixels by their probability.
        near_crack: Pixels within the tolerance of a crack pixel, by their probability.
        found_crack: Crack pixels by the highest probability within the tolerance.
    """

    crack: LevelCounts
    background: LevelCounts
    near_crack: LevelCounts
    found_crack: LevelCounts

    def counts(self) -> ConfusionCounts:
        """Confusion counts at each threshold of ``THRESHOLDS``, in the histograms' shape."""
        true_positive, false_positive = _at_or_above(self.crack), _at_or_above(self.background)
        return ConfusionCounts(
            true_positive,
            false_positive,
            self.crack.sum(axis=-1, keepdims=True) - true_positive,
            self.background.sum(axis=-1, keepdims=True) - false_positive,
        )

    @property
    def tolerant(self) -> Matches:
        """Predicted pixels near crack, and crack near predicted pixels, at each threshold."""
        counts = self.counts()
        return Matches(
            counts.predicted,
            _at_or_above(self.near_crack),
            counts.crack,
            _at_or_above(self.found_crack),
        )


def measure_histograms(
    probability: ProbabilityMap, truth: BinaryMask, *, tolerance_px: float
) -> ProbabilityHistograms:
    """Sum up one photo's prediction against its truth.

    A predicted pixel counts as right with tolerance where a crack pixel lies within
    ``tolerance_px`` of it; a crack pixel counts as found where a predicted one does. For all
    thresholds at once, the highest probability within the tolerance of each crack pixel says
    up to which threshold it is found; that maximum is a grey dilation by a disc.

    Args:
        probability: (H, W) in [0, 1].
        truth: (H, W) of {0, 1}.
        tolerance_px: Euclidean distance between pixel centres, ≥ 0.

    Returns:
        Histograms of shape (101,).

    Raises:
        ShapeError: If the arrays differ in shape or are not two-dimensional.
        ParameterError: If a probability lies outside [0, 1], or the tolerance is negative.

    Source:
        Martin, D., Fowlkes, C., Malik, J. (2004), Learning to detect natural image boundaries,
        section on matching with a distance tolerance, https://doi.org/10.1109/TPAMI.2004.1273918;
        here each pixel is matched by distance alone, as crack papers do.
    """
    require_same_shape(truth, probability)
    _require_two_dimensions(probability)
    levels = quantize_probabilities(probability)
    crack = truth > 0
    disc = draw_disc(tolerance_px)
    near = _dilate(crack.astype(np.uint8), disc)
    highest = _dilate(levels, disc)
    return ProbabilityHistograms(
        _count_levels(levels[crack]),
        _count_levels(levels[~crack]),
        _count_levels(levels[near > 0]),
        _count_levels(highest[crack]),
    )


def quantize_probabilities(probability: ProbabilityMap) -> NDArray[np.uint8]:
    """Number of the highest threshold of the grid that each probability reaches.

    Args:
        probability: Any shape, float32 in [0, 1].

    Returns:
        uint8 levels of the same shape; ``level ≥ k`` exactly where
        ``probability ≥ THRESHOLDS[k]``.

    Raises:
        ParameterError: If a probability is not a number in [0, 1].
    """
    values = np.asarray(probability, np.float32)
    require_probabilities(values)
    levels = (values * (_N_LEVELS - 1)).astype(np.uint8)
    # Rounding in the product can miss by one level: compare with the grid itself.
    above = THRESHOLDS[np.minimum(levels + 1, _N_LEVELS - 1)]
    levels += (values >= above) & (levels < _N_LEVELS - 1)
    levels -= values < THRESHOLDS[levels]
    return levels


def _dilate(array: NDArray[np.uint8], disc: NDArray[np.uint8]) -> NDArray[np.uint8]:
    dilated = cv2.dilate(array, disc, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(dilated, np.uint8)


def _count_levels(levels: NDArray[np.uint8]) -> LevelCounts:
    return np.bincount(levels, minlength=_N_LEVELS).astype(np.int64)


def _at_or_above(histogram: LevelCounts) -> LevelCounts:
    return np.cumsum(histogram[..., ::-1], axis=-1)[..., ::-1]


def _require_two_dimensions(probability: ProbabilityMap) -> None:
    if probability.ndim != 2:
        raise ShapeError(
            "A probability map must have two dimensions, height and width.",
            received=f"shape {probability.shape}",
            remedy="Drop the channel axis: probability[..., 0].",
        )


_GRID = slice(1, 100)


def best_f1(photos: ProbabilityHistograms, *, with_tolerance: bool = False) -> RateArray:
    """Highest F1 over the 99 thresholds 0.01, 0.02, …, 0.99.

    Of pooled histograms it is ODS; its mean over photos is OIS. With P and R for precision and
    recall at threshold t, of the pixels of all photos or, with i, of photo i alone::

        ODS = max over t of 2 P(t) R(t) / (P(t) + R(t))
        OIS = mean over i of the max over t of 2 P_i(t) R_i(t) / (P_i(t) + R_i(t))

    A photo without crack counts as 1 in OIS where some threshold leaves it alone, else as 0.

    Args:
        photos: Histograms of shape (…, 101).
        with_tolerance: Whether pixels count as right within the tolerance that the histograms were
            measured with.

    Returns:
        (…) in [0, 1].

    Source:
        Yang et al. (2020), Feature pyramid and hierarchical boosting network for pavement crack
        detection, https://doi.org/10.1109/TITS.2019.2910595, section on evaluation. ODS and OIS
        come from Arbeláez et al. (2011), https://doi.org/10.1109/TPAMI.2010.161, whose OIS pools
        the photos' counts instead of averaging their F1.
    """
    f1 = photos.tolerant.f1() if with_tolerance else rates.f1(photos.counts())
    return np.asarray(f1[..., _GRID].max(axis=-1), np.float64)


def grid_index(threshold: float) -> int:
    """Place of a threshold in the grid.

    Args:
        threshold: 0.00, 0.01, … or 1.00.

    Returns:
        Its index in ``THRESHOLDS``.

    Raises:
        ParameterError: If it is not one of the grid.
    """
    index = int(np.abs(THRESHOLDS - threshold).argmin()) if math.isfinite(threshold) else 0
    if not math.isclose(float(THRESHOLDS[index]), threshold, abs_tol=1e-6):
        raise ParameterError(
            "`threshold` of a segmentation must be one of 0.00, 0.01, …, 1.00.",
            received=f"{threshold}",
            remedy="Run `kedro run --pipeline=evaluate` to choose it on validation again.",
        )
    return index
