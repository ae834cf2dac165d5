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

from crack_pipeline.measure.geometry import MaskGeometry, MaskLike, derive_geometry
from crack_pipeline.metrics.additive import Additive
from crack_pipeline.metrics.rates import (
    CountArray,
    RateArray,
    divide,
    harmonic_mean,
    matched_f1,
    share_found,
)

LINE_TOLERANCES_PX = (2, 4, 5)
"""Distances that centrelines are compared with; 4 px are those of clIoU."""

CLIOU_TOLERANCE_PX = 4
BOUNDARY_TOLERANCE_PX = 2

_PERCENT = 95


@dataclass(frozen=True, slots=True, eq=False)
class StructureCounts(Additive):
    """Pixels of centrelines and boundaries, of one photo, (), or of N, (N,).

    Attributes:
        line_predicted: Of the predicted centreline.
        line_predicted_near: (…, 3) of these, within each of ``LINE_TOLERANCES_PX`` of the true
            centreline.
        line_truth: Of the true centreline.
        line_truth_near: (…, 3) of these, within each tolerance of the predicted centreline.
        boundary_predicted: Of the predicted mask's boundary.
        boundary_predicted_near: Of these, within 2 px of the true mask's boundary.
        boundary_truth: Of the true mask's boundary.
        boundary_truth_near: Of these, within 2 px of the predicted mask's boundary.
        hausdorff95_px: Hausdorff distance without the farthest 5 % of boundary pixels: the 95th
            percentile (linear interpolation) of one list, the distances from each boundary pixel of
            either mask to the nearest boundary pixel of the other, as ``medpy.metric.binary.hd95``
            has it. Other programs take the percentile of each direction first and then the larger
            of the two; their numbers differ. 0 where both masks are empty, the photo's diagonal
            where one is. Pooled it is the photos' sum.
        one_is_empty: 1 where exactly one mask is empty, so that the distance is the diagonal.
    """

    line_predicted: CountArray
    line_predicted_near: CountArray
    line_truth: CountArray
    line_truth_near: CountArray
    boundary_predicted: CountArray
    boundary_predicted_near: CountArray
    boundary_truth: CountArray
    boundary_truth_near: CountArray
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
        place = LINE_TOLERANCES_PX.index(CLIOU_TOLERANCE_PX)
        false = self.line_predicted - self.line_predicted_near[..., place]
        return divide(self.line_truth_near[..., place], self.line_truth + false, if_empty=1.0)

    def line_precision(self) -> RateArray:
        """(…, 3) share of the predicted centreline near the true one, by tolerance."""
        return share_found(
            self.line_predicted_near,
            self.line_predicted[..., None] - self.line_predicted_near,
            self.line_truth[..., None],
        )

    def line_recall(self) -> RateArray:
        """(…, 3) share of the true centreline near the predicted one, by tolerance."""
        return share_found(
            self.line_truth_near,
            self.line_truth[..., None] - self.line_truth_near,
            self.line_predicted[..., None],
        )

    def line_f1(self) -> RateArray:
        """(…, 3) harmonic mean of these two, by tolerance.

        Source:
            Heipke et al. (1997), Evaluation of automatic road extraction, ISPRS 32(3-4W2):
            correctness and completeness within a buffer around lines; Martin, Fowlkes, Malik
            (2004), https://doi.org/10.1109/TPAMI.2004.1273918, for F1 of the two. Pixels are
            matched by distance alone, not one to one.
        """
        return harmonic_mean(self.line_precision(), self.line_recall())

    def boundary_f1(self) -> RateArray:
        """Harmonic mean of the shares of either boundary within 2 px of the other.

        Source:
            Csurka et al. (2013), What is a good evaluation measure for semantic segmentation?,
            https://doi.org/10.5244/C.27.32 (the mean over photos; there with a tolerance of
            0.75 % of the diagonal), after Martin, Fowlkes, Malik (2004).
        """
        return matched_f1(
            self.boundary_predicted,
            self.boundary_predicted_near,
            self.boundary_truth,
            self.boundary_truth_near,
        )


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
        line_predicted=_count(p.line),
        line_predicted_near=_count_near(p, t),
        line_truth=_count(t.line),
        line_truth_near=_count_near(t, p),
        boundary_predicted=np.array(to_truth.size),
        boundary_predicted_near=_count(to_truth <= BOUNDARY_TOLERANCE_PX),
        boundary_truth=np.array(to_predicted.size),
        boundary_truth_near=_count(to_predicted <= BOUNDARY_TOLERANCE_PX),
        hausdorff95_px=np.array(_hausdorff95(p, t, to_truth, to_predicted)),
        one_is_empty=np.array(int(p.is_empty != t.is_empty)),
    )


def _count(pixels: NDArray[np.bool_]) -> CountArray:
    return np.array(np.count_nonzero(pixels), np.int64)


def _count_near(these: MaskGeometry, others: MaskGeometry) -> CountArray:
    near = (others.near_line(tolerance_px) for tolerance_px in LINE_TOLERANCES_PX)
    return np.array([np.count_nonzero(these.line & one) for one in near], np.int64)


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

    def cldice(self) -> RateArray:
        """Harmonic mean of the shares of either centreline that lie inside the other mask.

        Source:
            Shit et al. (2021), clDice, equation 3, arXiv:2003.07311.
        """
        return matched_f1(self.predicted, self.predicted_inside, self.truth, self.truth_inside)

    def recall_by_width(self) -> RateArray:
        """(…, 3) share of the true centreline that is found, by its own width."""
        missed = self.truth_by_width - self.found_by_width
        return share_found(self.found_by_width, missed, np.zeros_like(missed))

    def f1_by_width(self) -> RateArray:
        """(…, 3) F1 of each stratum.

        A false alarm has no true width, so precision goes by the predicted width, recall by the
        true one.
        """
        return matched_f1(
            self.predicted_by_width, self.right_by_width, self.truth_by_width, self.found_by_width
        )


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
        predicted_by_width=_count_kinds(kind_p),
        right_by_width=_count_kinds(kind_p[near_t[line_p]]),
        truth_by_width=_count_kinds(kind_t),
        found_by_width=_count_kinds(kind_t[near_p[line_t]]),
    )


def _strata(geometry: MaskGeometry) -> NDArray[np.int64]:
    return np.asarray(np.digitize(geometry.line_width_px, _BOUNDS_PX), np.int64)


def _count_kinds(kinds: NDArray[np.int64]) -> CountArray:
    return np.bincount(kinds, minlength=len(STRATA)).astype(np.int64)
