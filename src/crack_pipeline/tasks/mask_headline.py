"""The metrics of a segmentation that stand first, with what must be known to read them."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from crack_pipeline.metrics.bootstrap import Interval
from crack_pipeline.metrics.detection import DetectionCurve
from crack_pipeline.metrics.structure import StructureCounts
from crack_pipeline.tasks.mask_rates import list_mask_metrics
from crack_pipeline.tasks.report_parts import describe_interval

_LINE_PX = 2
_HAUSDORFF = "hausdorff95_px_mean"
_AVERAGE_PRECISION = "average_precision_pooled"


def list_headline(
    intervals: Mapping[str, Interval],
    detection: DetectionCurve,
    *,
    tolerance_px: int,
    agreement: Mapping[str, float],
    structure: StructureCounts,
    has_probabilities: bool,
) -> list[dict[str, Any]]:
    """List the headline.

    Args:
        intervals: Of all metrics of the table.
        detection: For a90.
        tolerance_px: The evaluation's tolerance.
        agreement: Name of a metric → what repeated annotations agree at, where that is known.
        structure: Of each photo, (N,).
        has_probabilities: False where 0 and 1 alone were predicted: what needs more is left out.

    Returns:
        JSON-ready: ``name``, ``label``, ``value``, ``low``, ``high``, ``agreement`` and ``note``.
    """
    labels = {row.name: row.label for row in list_mask_metrics(tolerance_px)}
    notes = {_HAUSDORFF: _describe_empty(structure)}
    rows = [
        {
            "name": name,
            "label": labels[name],
            **describe_interval(intervals[name]),
            "agreement": agreement.get(name),
            "note": "; ".join(filter(None, (notes.get(name, ""), intervals[name].note))),
        }
        for name in _names(tolerance_px)
        if has_probabilities or name != _AVERAGE_PRECISION
    ]
    return [*rows, _describe_a90(detection)]


def _names(tolerance_px: int) -> Iterator[str]:
    yield f"f1_tolerance_{tolerance_px}px_pooled"
    yield from ("cldice_pooled", "f1_pooled", "iou_pooled")
    yield f"centreline_f1_tolerance_{_LINE_PX}px_pooled"
    yield "dice_mean"
    yield f"recall_tolerance_{tolerance_px}px_thin_pooled"
    yield from (_AVERAGE_PRECISION, _HAUSDORFF, "false_length_px_per_megapixel")


def _describe_empty(structure: StructureCounts) -> str:
    """How many photos add the longest distance that there can be, which outweighs the others."""
    one_is_empty = np.asarray(structure.one_is_empty)
    n_photos = int(one_is_empty.sum())
    if n_photos == 0:
        return ""
    return (
        f"Hausdorff distance: in {n_photos} of {one_is_empty.size} photos one mask is empty and "
        "counts as the diagonal"
    )


def _describe_a90(curve: DetectionCurve) -> dict[str, Any]:
    """Its bound is one-sided, a90/95: it stands as the upper end of an interval without a lower."""
    return {
        "name": "a90_px",
        "label": "a90: crack width detected in 9 of 10 cases, px",
        "value": curve.a90_px,
        "low": None,
        "high": curve.a90_95_px,
        "agreement": None,
        "note": "; ".join(
            f"{name}: {note}"
            for name, note in (("a90", curve.note), ("a90/95", curve.bound_note))
            if note and (name == "a90" or curve.a90_px is not None)
        ),
    }
