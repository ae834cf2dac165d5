"""Metrics of masks: one table of rates over sums of photos.

Every metric is a function of sums over photos, or a mean of the photos' own rates, so the same row
of the table gives the value on all photos, on a stratum, and on each draw of the bootstrap.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crack_pipeline.measure.geometry import MaskGeometry
from crack_pipeline.metrics import rates
from crack_pipeline.metrics.additive import Additive
from crack_pipeline.metrics.bootstrap import Interval, sum_intervals
from crack_pipeline.metrics.curves import average_precision, roc_auc
from crack_pipeline.metrics.false_alarms import FalseAlarms, measure_false_alarms
from crack_pipeline.metrics.flat import join_metrics, prefix_names
from crack_pipeline.metrics.histograms import (
    ProbabilityHistograms,
    best_f1,
    grid_index,
    measure_histograms,
)
from crack_pipeline.metrics.rates import RateArray
from crack_pipeline.metrics.structure import (
    BOUNDARY_TOLERANCE_PX,
    CLIOU_TOLERANCE_PX,
    LINE_TOLERANCES_PX,
    STRATA,
    CentrelineCounts,
    StructureCounts,
    measure_centrelines,
    measure_structure,
)
from crack_pipeline.metrics.width_agreement import WidthSums, measure_width_agreement
from crack_pipeline.types import ProbabilityMap

WIDE_TOLERANCE_PX = 5
"""The second tolerance of the table, beside ``evaluation.segmentation.tolerance_px``."""

HALF = 0.5
"""The threshold that is shown beside the chosen one."""

_HALF_INDEX = grid_index(HALF)


@dataclass(frozen=True, slots=True, eq=False)
class MaskSums(Additive):
    """All that the table is made of, of one photo, (…), of N, (N, …), or summed over photos, (…).

    Parts that were not measured are None; their rows of the table are left out.

    Attributes:
        near: Histograms with the evaluation's tolerance, (…, 101).
        lines: Centrelines against masks, at the decision threshold, as all that follows.
        wide: Histograms with ``WIDE_TOLERANCE_PX``, (…, 101).
        structure: Centrelines against centrelines, boundaries against boundaries.
        alarms: False crack length and area.
        widths: Predicted against true widths.
    """

    near: ProbabilityHistograms
    lines: CentrelineCounts | None = None
    wide: ProbabilityHistograms | None = None
    structure: StructureCounts | None = None
    alarms: FalseAlarms | None = None
    widths: WidthSums | None = None


@dataclass(frozen=True, slots=True)
class MaskRate:
    """How one metric is computed.

    Attributes:
        part: Field of ``MaskSums`` that it reads.
        rate: Turns that part, (…), and the place of the decision threshold in the grid into (…).
        over: ``sums`` for a rate of sums over photos, ``photos`` for the mean of the photos' own
            rates, ``cracked`` for the mean over photos whose true mask holds crack.
        is_short: True of what is reported of validation, baselines and trials too.
    """

    part: str
    rate: Callable[[Any, int], RateArray]
    over: Literal["sums", "photos", "cracked"] = "sums"
    is_short: bool = False


MaskTable = Mapping[str, MaskRate]


def list_mask_rates(tolerance_px: int) -> dict[str, MaskRate]:
    """The table: how each metric of masks is computed.

    Args:
        tolerance_px: The evaluation's tolerance.

    Returns:
        Name in ``metrics.json`` without the split → row. Labels stand in
        ``wording.metric_labels``.
    """
    at = f"tolerance_{tolerance_px}px"
    return {
        **dict(_list_counts()),
        **dict(_list_tolerant(tolerance_px)),
        "miou_with_background_pooled": _row(_of_counts(rates.miou_with_background)),
        "dice_cracked_mean": _row(_of_counts(rates.f1), over="cracked", is_short=True),
        "auc_pooled": _row(lambda near, _: roc_auc(near.crack, near.background), is_short=True),
        "average_precision_pooled": _row(
            lambda near, _: average_precision(near.crack, near.background), is_short=True
        ),
        "ods_pooled": _row(lambda near, _: best_f1(near)),
        "ois_mean": _row(lambda near, _: best_f1(near), over="photos"),
        f"ods_{at}_pooled": _row(lambda near, _: best_f1(near, with_tolerance=True)),
        f"ois_{at}_mean": _row(lambda near, _: best_f1(near, with_tolerance=True), over="photos"),
        "cldice_pooled": MaskRate("lines", lambda lines, _: lines.inside.f1(), is_short=True),
        "cldice_mean": MaskRate(
            "lines", lambda lines, _: lines.inside.f1(), "photos", is_short=True
        ),
        **dict(_list_widths(at)),
        **dict(_list_structure()),
        "false_length_px_per_megapixel": MaskRate("alarms", lambda a, _: a.px_per_megapixel()),
        "false_area_share": MaskRate("alarms", lambda alarms, _: alarms.area_share()),
        "width_bias_px": MaskRate(
            "widths", lambda w, _: rates.divide(w.difference_px, w.points, if_empty=np.nan)
        ),
    }


def list_headline_names(tolerance_px: int) -> tuple[str, ...]:
    """Metrics that stand first in a report, in the order of reading."""
    return (
        f"f1_tolerance_{tolerance_px}px_pooled",
        "cldice_pooled",
        "f1_pooled",
        "iou_pooled",
        "centreline_f1_tolerance_2px_pooled",
        "dice_mean",
        f"recall_tolerance_{tolerance_px}px_thin_pooled",
        "average_precision_pooled",
        "hausdorff95_px_mean",
        "false_length_px_per_megapixel",
    )


def measure_masks(
    probability: ProbabilityMap, predicted: MaskGeometry, truth: MaskGeometry, *, tolerance_px: int
) -> MaskSums:
    """Measure one photo in full, thinning each mask once.

    Args:
        probability: (H, W) in [0, 1].
        predicted: Of the mask at the decision threshold.
        truth: Of the true mask.
        tolerance_px: Distance within which a pixel counts as right.

    Returns:
        Of shape ().

    Raises:
        ShapeError: If the shapes differ.
    """
    return MaskSums(
        measure_histograms(probability, truth.mask, tolerance_px=tolerance_px),
        measure_centrelines(predicted, truth, tolerance_px=tolerance_px),
        measure_histograms(probability, truth.mask, tolerance_px=WIDE_TOLERANCE_PX),
        measure_structure(predicted, truth),
        measure_false_alarms(predicted, truth, tolerance_px=tolerance_px),
        measure_width_agreement(predicted, truth, tolerance_px=tolerance_px),
    )


def rate_masks(photos: MaskSums, table: MaskTable, *, index: int) -> dict[str, float]:
    """Metrics of all photos.

    Args:
        photos: Of N ≥ 1 photos, (N, …).
        table: Rows of ``list_mask_rates``; those of parts that were not measured are left out.
        index: Of the decision threshold in the grid.

    Returns:
        Name → value; NaN where it is undefined.
    """
    rated = _RatedPhotos.of(photos, table, index).pooled()
    return {name: float(value) for name, value in rated.rate(table, index).items()}


def mask_intervals(
    photos: MaskSums, groups: ArrayLike, table: MaskTable, *, index: int, resamples: int
) -> dict[str, Interval]:
    """Metrics of all photos with their intervals.

    Args:
        photos: Of N ≥ 1 photos, (N, …).
        groups: (N,) group of each photo.
        table: Rows of ``list_mask_rates``; those of parts that were not measured are left out.
        index: Of the decision threshold in the grid.
        resamples: How often the groups are drawn.

    Returns:
        Name → interval.
    """
    rated = _RatedPhotos.of(photos, table, index)
    return sum_intervals(rated, groups, lambda sums: sums.rate(table, index), resamples=resamples)


def summarize_masks(
    photos: MaskSums, *, threshold: float, tolerance_px: int, prefix: str
) -> dict[str, float]:
    """The metrics that are reported of validation, baselines and trials too.

    Args:
        photos: Of N ≥ 1 photos, (N, …), with or without centrelines.
        threshold: A threshold of the grid.
        tolerance_px: The tolerance that the photos were measured with.
        prefix: What names begin with, "validation" or "test_baseline".

    Returns:
        ``<prefix>_<metric>`` → number, with the numbers of photos.

    Raises:
        ParameterError: If the threshold is not one of the grid.
    """
    table = {name: row for name, row in list_mask_rates(tolerance_px).items() if row.is_short}
    values = rate_masks(photos, table, index=grid_index(threshold))
    return prefix_names(join_metrics(values, count_photos(photos)), prefix)


def count_photos(photos: MaskSums) -> dict[str, float]:
    """How many photos there are, and how many without true crack."""
    crack = photos.near.crack.sum(axis=-1)
    return {"photos": len(crack), "photos_without_crack": int((crack == 0).sum())}


@dataclass(frozen=True, slots=True, eq=False)
class _RatedPhotos(Additive):
    """Sums with the photos' own rates: these divided by a number of photos are means.

    Attributes:
        sums: As measured.
        means: (…, M) rates of the M measured rows that are means, 0 for photos that do not count.
        photos: 1 a photo.
        cracked: 1 where the true mask holds crack.
    """

    sums: MaskSums
    means: NDArray[np.float64]
    photos: NDArray[np.float64]
    cracked: NDArray[np.float64]

    @classmethod
    def of(cls, photos: MaskSums, table: MaskTable, index: int) -> "_RatedPhotos":
        cracked = (photos.near.crack.sum(axis=-1) > 0).astype(np.float64)
        ones = np.ones_like(cracked)
        means: Sequence[NDArray[np.float64]] = [
            row.rate(part, index) * (cracked if row.over == "cracked" else ones)
            for row, part in _measured(photos, table).values()
            if row.over != "sums"
        ]
        return cls(photos, np.stack(means, axis=-1) if means else ones[:, None], ones, cracked)

    def rate(self, table: MaskTable, index: int) -> dict[str, NDArray[np.float64]]:
        """Each metric of sums over photos, (…)."""
        means = iter(np.moveaxis(self.means, -1, 0))
        number = {"photos": self.photos, "cracked": self.cracked}
        return {
            name: row.rate(part, index)
            if row.over == "sums"
            else rates.divide(next(means), number[row.over], if_empty=np.nan)
            for name, (row, part) in _measured(self.sums, table).items()
        }


def _measured(sums: MaskSums, table: MaskTable) -> dict[str, tuple[MaskRate, Additive]]:
    parts = {name: (row, getattr(sums, row.part)) for name, row in table.items()}
    return {name: (row, part) for name, (row, part) in parts.items() if part is not None}


_row = partial(MaskRate, "near")


def _of_counts(
    rate: Callable[[rates.ConfusionCounts], RateArray], place: int | None = None
) -> Callable[[ProbabilityHistograms, int], RateArray]:
    """Rate of the counts at the decision threshold, or at another place of the grid."""
    return lambda near, index: rate(near.counts().at((..., index if place is None else place)))


def _pick(method: str, place: int | None = None) -> Callable[[Any, int], RateArray]:
    """Element of what a method gives: at the decision threshold, or at another place."""
    rate = attrgetter(method)
    return lambda part, index: np.asarray(rate(part)()[..., index if place is None else place])


def _list_counts() -> Iterator[tuple[str, MaskRate]]:
    for pooled, of_photo, rate in (
        ("precision", "precision", rates.precision),
        ("recall", "recall", rates.recall),
        ("f1", "dice", rates.f1),
        ("iou", "iou", rates.iou),
    ):
        chosen, half = _of_counts(rate), _of_counts(rate, _HALF_INDEX)
        yield f"{pooled}_pooled", _row(chosen, is_short=True)
        yield f"{of_photo}_mean", _row(chosen, over="photos", is_short=True)
        yield f"{pooled}_at_half_pooled", _row(half, is_short=pooled == "f1")
        yield f"{of_photo}_at_half_mean", _row(half, over="photos")


def _list_tolerant(tolerance_px: int) -> Iterator[tuple[str, MaskRate]]:
    for px, part in {WIDE_TOLERANCE_PX: "wide", tolerance_px: "near"}.items():
        for name in ("precision", "recall", "f1"):
            rate = _pick(f"tolerant.{name}")
            row = MaskRate(part, rate, is_short=part == "near")
            yield f"{name}_tolerance_{px}px_pooled", row
        yield f"f1_tolerance_{px}px_mean", MaskRate(part, rate, "photos")


def _list_widths(at: str) -> Iterator[tuple[str, MaskRate]]:
    for place, width in enumerate(STRATA):
        for name, method in (("recall", "recall_by_width"), ("f1", "by_width.f1")):
            rate = _pick(method, place)
            yield f"{name}_{at}_{width}_pooled", MaskRate("lines", rate, is_short=True)


def _list_structure() -> Iterator[tuple[str, MaskRate]]:
    row = partial(MaskRate, "structure")
    yield f"cliou_{CLIOU_TOLERANCE_PX}px_pooled", row(lambda counts, _: counts.cliou())
    for px in (2, WIDE_TOLERANCE_PX):
        for name in ("precision", "recall", "f1"):
            rate = _pick(f"line.{name}", LINE_TOLERANCES_PX.index(px))
            yield f"centreline_{name}_tolerance_{px}px_pooled", row(rate)
    boundary = f"boundary_f1_tolerance_{BOUNDARY_TOLERANCE_PX}px"
    yield f"{boundary}_pooled", row(lambda counts, _: counts.boundary.f1())
    yield f"{boundary}_mean", row(lambda counts, _: counts.boundary.f1(), "photos")
    yield "hausdorff95_px_mean", row(lambda counts, _: counts.hausdorff95_px, "photos")
