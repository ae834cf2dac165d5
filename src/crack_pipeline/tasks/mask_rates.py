"""The table of a segmentation: each metric by name, from sums over photos."""

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.metrics import rates
from crack_pipeline.metrics.histograms import ProbabilityHistograms, best_f1, grid_index
from crack_pipeline.metrics.level_areas import list_level_columns, rate_areas
from crack_pipeline.metrics.rates import miou_with_background
from crack_pipeline.metrics.structure import (
    BOUNDARY_TOLERANCE_PX,
    CLIOU_TOLERANCE_PX,
    LINE_TOLERANCES_PX,
    STRATA,
)
from crack_pipeline.tasks.mask_sums import WIDE_TOLERANCE_PX, MaskSums

Values = dict[str, NDArray[np.float64]]

_HALF = 0.5


def rate_masks(sums: MaskSums, *, index: int, tolerance_px: int) -> Values:
    """All metrics of the table.

    Args:
        sums: Over photos, of shape (…): () for all photos, (D,) for D draws of a bootstrap.
        index: Of the decision threshold in the grid.
        tolerance_px: The tolerance of ``sums.near``.

    Returns:
        Name → (…) float64; NaN where a metric is undefined.
    """
    half = grid_index(_HALF)
    return {
        **_rate_pixels(sums, index, ""),
        **_rate_pixels(sums, half, "_at_half"),
        **_rate_means(sums, tolerance_px),
        **_rate_tolerance(sums.near, index, tolerance_px),
        **_rate_tolerance(sums.wide, index, WIDE_TOLERANCE_PX),
        **_rate_curves(sums, tolerance_px),
        **_rate_structure(sums),
        **_rate_widths(sums, tolerance_px),
        "false_length_px_per_megapixel": sums.alarms.px_per_megapixel(),
        "false_area_share": sums.alarms.area_share(),
        "width_bias_px": rates.divide(
            sums.widths.difference_px, sums.widths.points, if_empty=np.nan
        ),
    }


def _rate_pixels(sums: MaskSums, index: int, suffix: str) -> Values:
    counts = sums.near.counts().at((..., index))
    found: Values = {
        f"precision{suffix}_pooled": rates.precision(counts),
        f"recall{suffix}_pooled": rates.recall(counts),
        f"f1{suffix}_pooled": rates.f1(counts),
        f"iou{suffix}_pooled": rates.iou(counts),
    }
    if not suffix:
        found["miou_with_background_pooled"] = miou_with_background(counts)
    return found


def _rate_means(sums: MaskSums, tolerance_px: int) -> Values:
    means = sums.means
    return {
        "precision_mean": _mean(sums, means.precision),
        "recall_mean": _mean(sums, means.recall),
        "dice_mean": _mean(sums, means.dice),
        "iou_mean": _mean(sums, means.iou),
        "precision_at_half_mean": _mean(sums, means.precision_at_half),
        "recall_at_half_mean": _mean(sums, means.recall_at_half),
        "dice_at_half_mean": _mean(sums, means.dice_at_half),
        "iou_at_half_mean": _mean(sums, means.iou_at_half),
        f"f1_tolerance_{tolerance_px}px_mean": _mean(sums, means.tolerant_f1),
        f"f1_tolerance_{WIDE_TOLERANCE_PX}px_mean": _mean(sums, means.widely_tolerant_f1),
        "dice_cracked_mean": rates.divide(means.dice_cracked, means.cracked, if_empty=np.nan),
        "cldice_mean": _mean(sums, means.cldice),
        f"boundary_f1_tolerance_{BOUNDARY_TOLERANCE_PX}px_mean": _mean(sums, means.boundary_f1),
        "hausdorff95_px_mean": np.asarray(sums.structure.mean_hausdorff95()),
    }


def _rate_tolerance(photos: ProbabilityHistograms, index: int, tolerance_px: int) -> Values:
    return {
        f"{name}_tolerance_{tolerance_px}px_pooled": rate[..., index]
        for name, rate in (
            ("precision", photos.tolerant_precision()),
            ("recall", photos.tolerant_recall()),
            ("f1", photos.tolerant_f1()),
        )
    }


def _rate_curves(sums: MaskSums, tolerance_px: int) -> Values:
    areas = rate_areas(list_level_columns(sums.near))
    return {
        "average_precision_pooled": areas[..., 1],
        "auc_pooled": areas[..., 0],
        "ods_pooled": best_f1(sums.near),
        "ois_mean": _mean(sums, sums.means.best_dice),
        f"ods_tolerance_{tolerance_px}px_pooled": best_f1(sums.near, with_tolerance=True),
        f"ois_tolerance_{tolerance_px}px_mean": _mean(sums, sums.means.best_tolerant_f1),
    }


def _rate_structure(sums: MaskSums) -> Values:
    structure = sums.structure
    precision, recall, f1 = (
        structure.line_precision(),
        structure.line_recall(),
        structure.line_f1(),
    )
    found: Values = {
        "cldice_pooled": sums.lines.cldice(),
        f"cliou_{CLIOU_TOLERANCE_PX}px_pooled": structure.cliou(),
        f"boundary_f1_tolerance_{BOUNDARY_TOLERANCE_PX}px_pooled": structure.boundary_f1(),
    }
    for tolerance in (2, WIDE_TOLERANCE_PX):
        place = LINE_TOLERANCES_PX.index(tolerance)
        for name, rate in (("precision", precision), ("recall", recall), ("f1", f1)):
            found[f"centreline_{name}_tolerance_{tolerance}px_pooled"] = rate[..., place]
    return found


def _rate_widths(sums: MaskSums, tolerance_px: int) -> Values:
    recall, f1 = sums.lines.recall_by_width(), sums.lines.f1_by_width()
    found = {}
    for place, name in enumerate(STRATA):
        found[f"recall_tolerance_{tolerance_px}px_{name}_pooled"] = recall[..., place]
        found[f"f1_tolerance_{tolerance_px}px_{name}_pooled"] = f1[..., place]
    return found


def _mean(sums: MaskSums, total: NDArray[np.float64]) -> NDArray[np.float64]:
    return rates.divide(total, sums.means.photos, if_empty=np.nan)
