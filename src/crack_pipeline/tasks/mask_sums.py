"""What is counted in each photo of a split, in a form that adds up: the table is made of the sums.

Every pooled metric is a function of sums over photos, so the same function gives the value on all
photos, on a stratum, and on each draw of the bootstrap.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.measure.geometry import MaskGeometry
from crack_pipeline.metrics import rates
from crack_pipeline.metrics.additive import pool_photos, select_photos
from crack_pipeline.metrics.false_alarms import FalseAlarms, measure_false_alarms
from crack_pipeline.metrics.histograms import ProbabilityHistograms, best_f1
from crack_pipeline.metrics.structure import (
    CentrelineCounts,
    StructureCounts,
    measure_centrelines,
    measure_structure,
)
from crack_pipeline.metrics.width_agreement import WidthSums, measure_width_agreement

WIDE_TOLERANCE_PX = 5
"""The second tolerance of the table, beside ``evaluation.segmentation.tolerance_px``."""


@dataclass(frozen=True, slots=True, eq=False)
class PhotoMeans:
    """Sums of the photos' own rates: divided by ``photos`` they are means.

    Attributes:
        photos: 1 a photo.
        cracked: 1 where the true mask holds crack.
        dice: Dice at the decision threshold.
        dice_cracked: The same, 0 where the true mask is empty.
        iou: IoU of crack at the threshold.
        precision: At the threshold.
        recall: At the threshold.
        dice_at_half: Dice at 0.5.
        iou_at_half: IoU of crack at 0.5.
        precision_at_half: At 0.5.
        recall_at_half: At 0.5.
        tolerant_f1: F1 with the evaluation's tolerance at the threshold.
        widely_tolerant_f1: F1 with ``WIDE_TOLERANCE_PX`` at the threshold.
        cldice: At the threshold.
        boundary_f1: At the threshold.
        best_dice: Dice at the photo's own best threshold.
        best_tolerant_f1: F1 with tolerance at the photo's own best threshold.
    """

    photos: NDArray[np.float64]
    cracked: NDArray[np.float64]
    dice: NDArray[np.float64]
    dice_cracked: NDArray[np.float64]
    iou: NDArray[np.float64]
    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    dice_at_half: NDArray[np.float64]
    iou_at_half: NDArray[np.float64]
    precision_at_half: NDArray[np.float64]
    recall_at_half: NDArray[np.float64]
    tolerant_f1: NDArray[np.float64]
    widely_tolerant_f1: NDArray[np.float64]
    cldice: NDArray[np.float64]
    boundary_f1: NDArray[np.float64]
    best_dice: NDArray[np.float64]
    best_tolerant_f1: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LineMeasures:
    """What is measured of the masks at the decision threshold, of one photo, (), or of N, (N,).

    Attributes:
        lines: Centrelines against masks, and by width.
        structure: Centrelines against centrelines, boundaries.
        alarms: False crack length.
        widths: Predicted against true widths.
    """

    lines: CentrelineCounts
    structure: StructureCounts
    alarms: FalseAlarms
    widths: WidthSums

    @classmethod
    def stack(cls, photos: Sequence["LineMeasures"]) -> "LineMeasures":
        """Those of N ≥ 1 photos, (N,)."""
        return cls(
            CentrelineCounts.stack([photo.lines for photo in photos]),
            StructureCounts.stack([photo.structure for photo in photos]),
            FalseAlarms.stack([photo.alarms for photo in photos]),
            WidthSums.stack([photo.widths for photo in photos]),
        )


def measure_lines(
    predicted: MaskGeometry, truth: MaskGeometry, *, tolerance_px: int
) -> LineMeasures:
    """Measure what needs a mask, thinning each mask once.

    Args:
        predicted: Of the mask at the threshold.
        truth: Of the true mask.
        tolerance_px: Distance within which a pixel counts as right.

    Returns:
        Of shape ().

    Raises:
        ShapeError: If the shapes differ.
    """
    return LineMeasures(
        measure_centrelines(predicted, truth, tolerance_px=tolerance_px),
        measure_structure(predicted, truth),
        measure_false_alarms(predicted, truth, tolerance_px=tolerance_px),
        measure_width_agreement(predicted, truth, tolerance_px=tolerance_px),
    )


@dataclass(frozen=True, slots=True, eq=False)
class MaskSums:
    """All that the table is made of, of N photos, (N, …), or of sums over them, (…).

    Attributes:
        near: Histograms with the evaluation's tolerance, (…, 101).
        wide: Histograms with ``WIDE_TOLERANCE_PX``, (…, 101).
        lines: Centrelines against masks.
        structure: Centrelines and boundaries.
        alarms: False crack length.
        widths: Predicted against true widths.
        means: Sums of the photos' own rates.
    """

    near: ProbabilityHistograms
    wide: ProbabilityHistograms
    lines: CentrelineCounts
    structure: StructureCounts
    alarms: FalseAlarms
    widths: WidthSums
    means: PhotoMeans

    def pooled(self) -> "MaskSums":
        """Sums over all photos."""
        return MaskSums(*(pool_photos(getattr(self, part.name)) for part in fields(self)))

    def select(self, chosen: NDArray[np.bool_]) -> "MaskSums":
        """Some of the photos: (N,) bool."""
        return MaskSums(*(select_photos(getattr(self, part.name), chosen) for part in fields(self)))

    def columns(self) -> NDArray[np.float64]:
        """(N, K): all numbers side by side, as a bootstrap adds them up."""
        n_photos = len(self.means.photos)
        arrays = [np.reshape(array, (n_photos, -1)) for array in self._arrays()]
        return np.concatenate(arrays, axis=1).astype(np.float64)

    def from_columns(self, columns: NDArray[np.float64]) -> "MaskSums":
        """Undo ``columns``.

        Args:
            columns: (D, K) sums of this kind of photos.

        Returns:
            Sums of shape (D, …).
        """
        shapes = [array.shape[1:] for array in self._arrays()]
        ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
        pieces = iter(
            piece.reshape(len(columns), *shape)
            for piece, shape in zip(np.split(columns, ends[:-1], axis=1), shapes, strict=True)
        )
        return MaskSums(
            *(
                type(part)(*(next(pieces) for _ in fields(part)))
                for part in (getattr(self, own.name) for own in fields(self))
            )
        )

    def _arrays(self) -> list[NDArray[np.generic]]:
        parts = [getattr(self, part.name) for part in fields(self)]
        return [getattr(part, own.name) for part in parts for own in fields(part)]


def gather_sums(
    near: ProbabilityHistograms,
    wide: ProbabilityHistograms,
    measured: LineMeasures,
    *,
    index: int,
    half: int,
) -> MaskSums:
    """Put the sums of N photos together, with what is a rate of each photo by itself.

    Args:
        near: Histograms with the evaluation's tolerance, (N, 101).
        wide: Histograms with ``WIDE_TOLERANCE_PX``, (N, 101).
        measured: Of the masks at the threshold, (N,).
        index: Of the decision threshold in the grid.
        half: Of 0.5 in the grid.

    Returns:
        Sums of shape (N, …).
    """
    counts = near.counts()
    at, at_half = counts.at((slice(None), index)), counts.at((slice(None), half))
    dice = rates.f1(at)
    cracked = (near.crack.sum(axis=-1) > 0).astype(np.float64)
    means = PhotoMeans(
        photos=np.ones(len(dice)),
        cracked=cracked,
        dice=dice,
        dice_cracked=dice * cracked,
        iou=rates.iou(at),
        precision=rates.precision(at),
        recall=rates.recall(at),
        dice_at_half=rates.f1(at_half),
        iou_at_half=rates.iou(at_half),
        precision_at_half=rates.precision(at_half),
        recall_at_half=rates.recall(at_half),
        tolerant_f1=near.tolerant_f1()[:, index],
        widely_tolerant_f1=wide.tolerant_f1()[:, index],
        cldice=measured.lines.cldice(),
        boundary_f1=measured.structure.boundary_f1(),
        best_dice=best_f1(near),
        best_tolerant_f1=best_f1(near, with_tolerance=True),
    )
    return MaskSums(
        near, wide, measured.lines, measured.structure, measured.alarms, measured.widths, means
    )
