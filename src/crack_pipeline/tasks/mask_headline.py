"""The metrics of a segmentation that stand first, with what must be known to read them."""

from collections.abc import Mapping

import numpy as np

from crack_pipeline.metrics.bootstrap import Interval
from crack_pipeline.metrics.detection import DetectionCurve
from crack_pipeline.metrics.masks import list_headline_names
from crack_pipeline.metrics.structure import StructureCounts
from crack_pipeline.tasks.report_parts import score_of
from crack_pipeline.wording.metric_labels import describe_metric
from crack_pipeline.wording.scores import Score

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
) -> list[Score]:
    """List the headline.

    Args:
        intervals: Of all metrics of the table.
        detection: For a90.
        tolerance_px: The evaluation's tolerance.
        agreement: Name of a metric → what repeated annotations agree at, where that is known.
        structure: Of each photo, (N,).
        has_probabilities: False where 0 and 1 alone were predicted: what needs more is left out.

    Returns:
        The scores, in the order of reading.
    """
    notes = {_HAUSDORFF: _describe_empty(structure)}
    rows = [
        score_of(
            describe_metric(name),
            intervals[name],
            agreement=agreement.get(name),
            note=notes.get(name, ""),
        )
        for name in list_headline_names(tolerance_px)
        if has_probabilities or name != _AVERAGE_PRECISION
    ]
    return [*rows, _describe_a90(detection)]


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


def _describe_a90(curve: DetectionCurve) -> Score:
    """Its bound is one-sided, a90/95: it stands as the upper end of an interval without a lower."""
    metric = describe_metric("a90_px")
    notes = {"a90": curve.note, "a90/95": curve.bound_note if curve.a90_px is not None else ""}
    return Score(
        metric.name,
        metric.label,
        curve.a90_px,
        high=curve.a90_95_px,
        note="; ".join(f"{name}: {note}" for name, note in notes.items() if note),
    )
