"""Are cracks where they should be, as lines and as outlines?

A tolerance on masks alone is blind to a mask that is too wide by no more than the tolerance: each
of its pixels is near the crack. Here tolerance is applied to what has no width: centrelines and
boundaries. A mask that is too wide all along keeps its centreline, so read the F1 of centrelines
together with the boundary F1 and the bias of width; where widening joins what lies apart or fills
what it encloses, centrelines fall as well.

Empty masks: with neither truth nor prediction each rate is 1 and the Hausdorff distance 0; where
only one is empty, each rate is 0 and the distance is the photo's diagonal.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.measure.centreline import Pixels
from crack_pipeline.measure.geometry import MaskGeometry, MaskLike, derive_geometry
from crack_pipeline.metrics.additive import Additive
from crack_pipeline.metrics.rates import CountArray, Matches, RateArray, divide, share_found

LINE_TOLERANCES_PX = (2, 4, 5)
"""Distances that centrelines are compared with; 4 px are those of clIoU."""

CLIOU_TOLERANCE_PX = 4
BOUNDARY_TOLERANCE_PX = 2

_PERCENT = 95


@dataclass(frozen=True, slots=True, eq=False)
class StructureCounts(Additive):
    """Pixels of centrelines and boundaries, of one photo, (), or of N, (N,).

    Attributes:
        line: (…, 3) pixels of either centreline; near are those within each of
            ``LINE_TOLERANCES_PX`` of the other one.

            Source: Heipke et al. (1997), Evaluation of automatic road extraction, ISPRS 32(3-4W2):
            correctness and completeness within a buffer around lines; Martin, Fowlkes, Malik
            (2004), https://doi.org/10.1109/TPAMI.2004.1273918, for F1 of the two. Pixels are
            matched by distance alone, not one to one.
        boundary: Pixels of either mask's boundary; near are those within 2 px of the other one.

            Source: Csurka et al. (2013), What is a good evaluation measure for semantic
            segmentation?, https://doi.org/10.5244/C.27.32 (the mean over photos; there with a
            tolerance of 0.75 % of the diagonal), after Martin, Fowlkes, Malik (2004).
        hausdorff95_px: Hausdorff distance without the farthest 5 % of boundary pixels: the 95th
            percentile (linear interpolation) of one list, the distances from each boundary pixel of
            either mask to the nearest boundary pixel of the other, as ``medpy.metric.binary.hd95``
            has it. Other programs take the percentile of each direction first and then the larger
            of the two; their numbers differ. 0 where both masks are empty, the photo's diagonal
            where one is. Pooled it is the photos' sum.
        one_is_empty: 1 where exactly one mask is empty, so that the distance is the diagonal.
    """

    line: Matches
    boundary: Matches
    hausdorff95_px: NDArray[np.float64]
    one_is_empty: CountArray

    def cliou(self) -> RateArray:
        """Intersection over union of the centrelines, with 4 px of tolerance.

        The intersection is the true centreline within 4 px of the predicted one; the union adds
        the true centreline beyond that, and the predicted one beyond 4 px of the true one.

        Source:
            Benz, Rodehorst (2024), OmniCrack30k, CVPR Workshops, clIoU 4px; as its published
            evaluation computes it: either centreline is dilated by a disc of radius 4 px to judge
            the pixels of the other, and undilated pixels are counted, over the pixels of all
            photos, https://github.com/ben-z-original/omnicrack30k
        """
        line = self.line.at((..., LINE_TOLERANCES_PX.index(CLIOU_TOLERANCE_PX)))
        false = line.predicted - line.predicted_near
        return divide(line.truth_near, line.truth + false, if_empty=1.0)


def measure_structure(predicted: MaskLike, truth: MaskLike) -> StructureCounts:
    """Compare the centrelines and boundaries of two masks.

    Args:
        predicted: (H, W) of {0, 1}, or its geometry.
        truth: (H, W) of {0, 1}, or its geometry.

    Returns:
        Counts of shape ().

    Raises:
        ShapeError: If the shapes differ or a mask is not two-dimensional.

    Source:
        Hausdorff distance: Huttenlocher, Klanderman, Rucklidge (1993),
        https://doi.org/10.1109/34.232073; Maier, MedPy 0.5.2, https://github.com/loli/medpy
    """
    p, t = derive_geometry(predicted, truth)
    to_truth, to_predicted = t.boundary_distance(p.boundary), p.boundary_distance(t.boundary)
    return StructureCounts(
        line=Matches(*_count_near(p, t), *_count_near(t, p)),
        boundary=Matches(*_count_within(to_truth), *_count_within(to_predicted)),
        hausdorff95_px=np.array(_hausdorff95(p, t, to_truth, to_predicted)),
        one_is_empty=np.array(int(p.is_empty != t.is_empty)),
    )


def _count_near(these: MaskGeometry, others: MaskGeometry) -> tuple[CountArray, CountArray]:
    """(3,) pixels of a centreline, and those of them near the other one, by tolerance."""
    near = [np.count_nonzero(these.line & others.near_line(px)) for px in LINE_TOLERANCES_PX]
    return np.full(len(near), np.count_nonzero(these.line)), np.array(near, np.int64)


def _count_within(distance: NDArray[np.float64]) -> tuple[CountArray, CountArray]:
    near = np.count_nonzero(distance <= BOUNDARY_TOLERANCE_PX)
    return np.array(distance.size), np.array(near)


def _hausdorff95(
    p: MaskGeometry,
    t: MaskGeometry,
    to_truth: NDArray[np.float64],
    to_predicted: NDArray[np.float64],
) -> float:
    """Hausdorff distance in px without the farthest 5 % of boundary pixels.

    The 95th percentile of one list, of the distances from each boundary pixel of either mask to
    the other's boundary, as ``medpy.metric.binary.hd95``; other programs take the percentile of
    each direction and then the larger. 0 where both masks are empty, the diagonal where one is.

    Source:
        Huttenlocher, Klanderman, Rucklidge (1993), https://doi.org/10.1109/34.232073 (partial
        Hausdorff distance); Maier, MedPy 0.5.2, https://github.com/loli/medpy
    """
    if p.is_empty or t.is_empty:
        return 0.0 if p.is_empty and t.is_empty else math.hypot(*t.mask.shape)
    return float(np.percentile(np.concatenate([to_truth, to_predicted]), _PERCENT))


STRATA = ("thin", "medium", "wide")
"""Crack widths below 3 px, from 3 to 8 px, and above."""

_BOUNDS_PX = (3.0, 8.0)


@dataclass(frozen=True, slots=True, eq=False)
class CentrelineCounts(Additive):
    """Pixels of true and predicted centrelines, of one photo, (), or of N, (N,).

    Attributes:
        inside: Pixels of either centreline; near are those inside the other mask, so that F1 is
            clDice.

            Source: Shit et al. (2021), clDice, equation 3, arXiv:2003.07311.
        by_width: (…, 3) the same by the width of their own mask; near are those within the
            tolerance of the other mask. A false alarm has no true width, so precision goes by the
            predicted width, recall by the true one.
    """

    inside: Matches
    by_width: Matches

    def recall_by_width(self) -> RateArray:
        """(…, 3) share of the true centreline that is found, by its own width."""
        found = self.by_width.truth_near
        missed = self.by_width.truth - found
        return share_found(found, missed, np.zeros_like(missed))


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
    near_p, near_t = p.near(tolerance_px), t.near(tolerance_px)
    return CentrelineCounts(
        inside=Matches(*_count_inside(p, t.pixels), *_count_inside(t, p.pixels)),
        by_width=Matches(*_count_widths(p, near_t), *_count_widths(t, near_p)),
    )


def _count_inside(of: MaskGeometry, area: Pixels) -> tuple[CountArray, CountArray]:
    return np.array(of.line.sum()), np.array((of.line & area).sum())


def _count_widths(of: MaskGeometry, area: Pixels) -> tuple[CountArray, CountArray]:
    """(3,) pixels of a centreline by width, and those of them in an area."""
    kinds = np.digitize(of.line_width_px, _BOUNDS_PX)
    inside = kinds[area[of.line]]
    return np.bincount(kinds, minlength=len(STRATA)), np.bincount(inside, minlength=len(STRATA))
