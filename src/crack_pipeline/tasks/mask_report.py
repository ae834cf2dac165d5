"""Report of a segmentation: the table of metrics with its intervals, strata and parts."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from crack_pipeline.measure.scale import to_mm
from crack_pipeline.metrics import rates
from crack_pipeline.metrics.bootstrap import Interval
from crack_pipeline.metrics.calibration import apply_temperature
from crack_pipeline.metrics.detection import DetectionCurve, fit_detection
from crack_pipeline.metrics.false_alarms import FalseAlarms, rate_false_alarms
from crack_pipeline.metrics.flat import join_metrics
from crack_pipeline.metrics.histograms import grid_index
from crack_pipeline.metrics.masks import (
    count_photos,
    list_headline_names,
    list_mask_rates,
    mask_intervals,
)
from crack_pipeline.metrics.risk_coverage import (
    LEVEL_PROBABILITIES,
    RiskCoverage,
    expect_dice,
    trace_risk,
)
from crack_pipeline.metrics.structure import CentrelineCounts, StructureCounts
from crack_pipeline.metrics.width_agreement import WidthSums, summarize_widths
from crack_pipeline.tasks.mask_scores import CalibrationSums, SplitScores
from crack_pipeline.tasks.report_parts import (
    Report,
    describe_risk,
    leave_finite,
    list_mask_strata,
    list_rows,
    name_calibration,
    report_calibration,
    score_of,
)
from crack_pipeline.tasks.settings import SegmentationEvaluation
from crack_pipeline.wording.metric_labels import Metric, describe_metric, list_mask_metrics
from crack_pipeline.wording.scores import Score

_BAND = (
    "Counted are pixels within 16 px of true crack or of what is predicted at 0.5: elsewhere "
    "so much background is told right that it would hide the errors."
)
_NO_PROBABILITIES = "Masks hold no probabilities: these numbers say no more than F1 does."


def report_masks(
    scores: SplitScores,
    settings: SegmentationEvaluation,
    *,
    threshold: float,
    temperature: float,
    agreement: Mapping[str, float] | None = None,
    has_probabilities: bool = True,
) -> Report:
    """Make the table of photos that were measured in full.

    Args:
        scores: From ``score_maps`` with everything wanted.
        settings: Tolerance, draws of the bootstrap, scale.
        threshold: That the photos were measured with.
        temperature: That the second reliability was measured with.
        agreement: Name of a metric → what repeated annotations agree at.
        has_probabilities: False where 0 and 1 alone were predicted.

    Returns:
        The report.
    """
    sums, groups = scores.sums, scores.rows["group_id"].astype(str).to_numpy()
    _, structure, alarms, widths, pixels = _require_full(scores)
    index, tolerance_px, scale = grid_index(threshold), settings.tolerance_px, settings.mm_per_px
    intervals = mask_intervals(
        sums, groups, list_mask_rates(tolerance_px), index=index, resamples=settings.resamples
    )
    detection = fit_detection(
        scores.units, groups.tolist(), resamples=settings.resamples, mm_per_px=scale
    )
    risk = _trace_risk(scores, threshold, temperature)
    calibration = report_calibration(
        pixels.raw, pixels.scaled, groups, resamples=settings.resamples, temperature=temperature
    )
    headline = list_headline(
        intervals,
        detection,
        tolerance_px=tolerance_px,
        agreement=agreement or {},
        structure=structure,
        has_probabilities=has_probabilities,
    )
    protocols = [
        score_of(row, intervals[row.name], note=row.note, group=row.group)
        for row in _order_rows(intervals, tolerance_px)
    ]
    unsaid = {} if has_probabilities else {"note": _NO_PROBABILITIES}
    parts = {
        "headline": [score.to_json() for score in headline],
        "protocols": [score.to_json() for score in protocols],
        "strata": list_mask_strata(sums, scores.rows, index=index, tolerance_px=tolerance_px),
        "false_alarms": {
            "all_photos": rate_false_alarms(alarms, mm_per_px=scale),
            "crack_free_photos": rate_false_alarms(
                alarms.at(alarms.crack_free > 0), mm_per_px=scale
            ),
        },
        "detection": describe_detection(detection),
        "width": summarize_widths(widths.pooled(), mm_per_px=scale),
        "calibration": {**calibration, "definition": _BAND, **unsaid},
        "risk_coverage": {**describe_risk(risk), **unsaid},
        "photos": list_photos(scores, threshold),
    }
    known = {name: found.value for name, found in intervals.items() if np.isfinite(found.value)}
    points = {**detection.fit.points("a90", scale), **detection.length.points("l90", scale)}
    metrics = join_metrics(
        known,
        {name: width for name, width in points.items() if width is not None},
        name_calibration(calibration, "_band"),
        {"aurc": risk.area, "hausdorff95_photos_at_diagonal": int(structure.one_is_empty.sum())},
        count_photos(sums),
    )
    pooled = pixels.pooled()
    return Report(
        metrics,
        leave_finite(parts),
        tuple(headline),
        intervals,
        risk,
        (pooled.raw, pooled.scaled) if pooled.raw.count.sum() > 0 else None,
        unit="pixels",
        tolerance_px=tolerance_px,
        detection=detection,
        has_probabilities=has_probabilities,
    )


def list_photos(scores: SplitScores, threshold: float) -> list[dict[str, Any]]:
    """List what was counted in each photo: a comparison of two runs needs no more.

    Args:
        scores: From ``score_maps`` with everything wanted.
        threshold: That the photos were measured with.

    Returns:
        JSON-ready, one entry a photo.
    """
    near = scores.photos
    lines, structure, alarms, *_ = _require_full(scores)
    counts = scores.each_at(threshold)
    above = slice(grid_index(threshold), None)
    columns = {
        "image_id": scores.rows["image_id"].astype(str).to_numpy(),
        "group_id": scores.rows["group_id"].astype(str).to_numpy(),
        "dice": rates.f1(counts),
        "iou": rates.iou(counts),
        "precision": rates.precision(counts),
        "recall": rates.recall(counts),
        "cldice": lines.inside.f1(),
        "hausdorff95_px": structure.hausdorff95_px,
        **{name: getattr(counts, name) for name in counts.names()},
        "truth_px": counts.crack,
        "predicted_px": counts.predicted,
        "wrong_px": counts.false_positive + counts.false_negative,
        "near_px": near.near_crack[:, above].sum(axis=1),
        "found_px": near.found_crack[:, above].sum(axis=1),
        "line_predicted": lines.inside.predicted,
        "line_predicted_inside": lines.inside.predicted_near,
        "line_predicted_near": lines.by_width.predicted_near.sum(axis=1),
        "line_truth": lines.inside.truth,
        "line_truth_inside": lines.inside.truth_near,
        "line_truth_near": lines.by_width.truth_near.sum(axis=1),
        "false_length_px": alarms.false_length_px,
    }
    return list_rows(columns)


def describe_detection(curve: DetectionCurve) -> dict[str, Any]:
    """The probability of detection, JSON-ready, in the order of reading.

    Args:
        curve: From ``fit_detection``.

    Returns:
        a90 and its bounds first, then how they came about, then the bins.
    """
    found = asdict(curve)
    fit, length, bins, band = (found.pop(name) for name in ("fit", "length", "by_width", "band"))
    scale = found.pop("mm_per_px")
    first = {**curve.fit.points("a90", scale), "note": fit["note"], "bound_note": fit["bound_note"]}
    return {
        **{name: value for name, value in first.items() if value not in (None, "")},
        **curve.length.points("l90", scale),
        **{f"l90_{name}": length[name] for name in ("note", "bound_note") if length[name]},
        **found,
        "a90_95_delta_px": fit["delta_px"],
        "a90_95_delta_mm": to_mm(fit["delta_px"], scale),
        "intercept": fit["intercept"],
        "slope": fit["slope"],
        "by_width": list(bins),
        # Columns, since nobody reads it as a table.
        "band": {name: [point[name] for point in band] for name in ("width_px", "low", "high")},
    }


def _order_rows(intervals: Mapping[str, Interval], tolerance_px: int) -> list[Metric]:
    """Rows of the table of labels, then metrics that have no label there."""
    rows = list_mask_metrics(tolerance_px)
    labelled = {row.name for row in rows}
    return [*rows, *(describe_metric(name) for name in intervals if name not in labelled)]


def _trace_risk(scores: SplitScores, threshold: float, temperature: float) -> RiskCoverage:
    levels = np.asarray(apply_temperature(LEVEL_PROBABILITIES, temperature), np.float64)
    pixels = scores.photos.crack + scores.photos.background
    expected = expect_dice(pixels, grid_index(threshold), level_probabilities=levels)
    return trace_risk(expected, 1.0 - rates.f1(scores.each_at(threshold)))


def _require_full(
    scores: SplitScores,
) -> tuple[CentrelineCounts, StructureCounts, FalseAlarms, WidthSums, CalibrationSums]:
    sums, pixels = scores.sums, scores.calibration
    if not (sums.lines and sums.structure and sums.alarms and sums.widths and pixels):
        raise ValueError("the split was not measured in full")
    return sums.lines, sums.structure, sums.alarms, sums.widths, pixels


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
    fit = curve.fit
    notes = {"a90": fit.note, "a90/95": fit.bound_note if fit.w90_px is not None else ""}
    return Score(
        metric.name,
        metric.label,
        fit.w90_px,
        high=fit.bound_px,
        note="; ".join(f"{name}: {note}" for name, note in notes.items() if note),
    )
