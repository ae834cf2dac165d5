"""What a segmentation's evaluation reports: the table with its intervals, strata and parts."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.metrics.bootstrap import Interval, interval_of
from crack_pipeline.metrics.calibration import (
    CALIBRATION_METRICS,
    ReliabilityCounts,
    apply_temperature,
    rate_calibration,
)
from crack_pipeline.metrics.detection import DetectionCurve, fit_detection
from crack_pipeline.metrics.false_alarms import rate_crack_free_photos, rate_false_alarms
from crack_pipeline.metrics.histograms import grid_index
from crack_pipeline.metrics.risk_coverage import (
    LEVEL_PROBABILITIES,
    RiskCoverage,
    expect_dice,
    trace_risk,
)
from crack_pipeline.metrics.width_agreement import summarize_widths
from crack_pipeline.tasks.mask_headline import list_headline
from crack_pipeline.tasks.mask_rates import rate_masks
from crack_pipeline.tasks.mask_strata import list_strata
from crack_pipeline.tasks.mask_sums import MaskSums
from crack_pipeline.tasks.report_parts import (
    describe_interval,
    describe_risk,
    describe_scaling,
    leave_finite,
    score_of,
)
from crack_pipeline.tasks.settings import SegmentationEvaluation
from crack_pipeline.tasks.split_scores import SplitScores
from crack_pipeline.wording.metric_labels import list_mask_metrics
from crack_pipeline.wording.scores import Score

_NO_PROBABILITIES = "Masks hold no probabilities: these numbers say no more than F1 does."


@dataclass(frozen=True, slots=True, eq=False)
class MaskReport:
    """The table of a split and what belongs to it.

    Attributes:
        metrics: Name without the split → number.
        parts: JSON-ready, by the keys of ``evaluation_report.json``.
        headline: The scores that stand first.
        intervals: Name without the split → interval, of all metrics of the table.
        detection: For its figure.
        risk: For its figure.
        reliability: Pooled sums before and after the temperature; None where nothing is predicted
            and nothing is true.
        has_probabilities: False where 0 and 1 alone were predicted.
    """

    metrics: dict[str, float]
    parts: dict[str, Any]
    headline: tuple[Score, ...]
    intervals: dict[str, Interval]
    detection: DetectionCurve
    risk: RiskCoverage
    reliability: tuple[ReliabilityCounts, ReliabilityCounts] | None
    has_probabilities: bool = True


def report_masks(
    scores: SplitScores,
    settings: SegmentationEvaluation,
    *,
    threshold: float,
    temperature: float,
    agreement: Mapping[str, float] | None = None,
    has_probabilities: bool = True,
) -> MaskReport:
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
    sums, groups = scores.sums(threshold), scores.rows["group_id"].astype(str).to_numpy()
    index = grid_index(threshold)
    intervals = _bound(sums, groups, settings, index)
    detection = fit_detection(
        _units(scores),
        groups.tolist(),
        resamples=settings.resamples,
        mm_per_px=settings.mm_per_px,
    )
    risk = _trace_risk(scores, sums, index, temperature)
    reliability = _pool_reliability(scores)
    calibration, calibration_metrics = _report_calibration(scores, groups, settings, temperature)
    headline = list_headline(
        intervals,
        detection,
        tolerance_px=settings.tolerance_px,
        agreement=agreement or {},
        structure=sums.structure,
        has_probabilities=has_probabilities,
    )
    protocols = [
        score_of(row, intervals[row.name], note=row.note, group=row.group)
        for row in list_mask_metrics(settings.tolerance_px)
    ]
    unsaid = {} if has_probabilities else {"note": _NO_PROBABILITIES}
    parts = {
        "headline": [score.to_json() for score in headline],
        "protocols": [score.to_json() for score in protocols],
        "strata": list_strata(sums, scores.rows, index=index, tolerance_px=settings.tolerance_px),
        "false_alarms": {
            "all_photos": asdict(rate_false_alarms(sums.alarms, mm_per_px=settings.mm_per_px)),
            "crack_free_photos": asdict(
                rate_crack_free_photos(sums.alarms, mm_per_px=settings.mm_per_px)
            ),
        },
        "detection": describe_detection(detection),
        "width": asdict(summarize_widths(sums.widths.pooled(), mm_per_px=settings.mm_per_px)),
        "calibration": {**calibration, "note": describe_scaling(calibration), **unsaid},
        "risk_coverage": {**describe_risk(risk), **unsaid},
        "photos": list_photos(scores.rows, sums, index),
    }
    metrics = {name: found.value for name, found in intervals.items() if np.isfinite(found.value)}
    metrics |= _flatten_detection(detection) | calibration_metrics
    metrics["aurc"] = risk.area
    metrics["hausdorff95_photos_at_diagonal"] = int(sums.structure.one_is_empty.sum())
    metrics["photos"] = len(scores.rows)
    metrics["photos_without_crack"] = int((sums.means.cracked == 0).sum())
    return MaskReport(
        metrics,
        leave_finite(parts),
        tuple(headline),
        intervals,
        detection,
        risk,
        reliability,
        has_probabilities=has_probabilities,
    )


def list_photos(rows: pd.DataFrame, sums: MaskSums, index: int) -> list[dict[str, Any]]:
    """What was counted in each photo: whoever compares two runs needs no more.

    Args:
        rows: One a photo.
        sums: Of the same photos, (N, …).
        index: Of the decision threshold in the grid.

    Returns:
        JSON-ready, one entry a photo.
    """
    counts = sums.near.counts().at((slice(None), index))
    above = slice(index, None)
    means = sums.means
    table = pd.DataFrame(
        {
            "image_id": rows["image_id"].astype(str).to_numpy(),
            "group_id": rows["group_id"].astype(str).to_numpy(),
            "dice": means.dice,
            "iou": means.iou,
            "precision": means.precision,
            "recall": means.recall,
            "cldice": means.cldice,
            "hausdorff95_px": sums.structure.hausdorff95_px,
            "true_positive": counts.true_positive,
            "false_positive": counts.false_positive,
            "false_negative": counts.false_negative,
            "true_negative": counts.true_negative,
            "truth_px": counts.true_positive + counts.false_negative,
            "predicted_px": counts.true_positive + counts.false_positive,
            "wrong_px": counts.false_positive + counts.false_negative,
            "near_px": sums.near.near_crack[:, above].sum(axis=1),
            "found_px": sums.near.found_crack[:, above].sum(axis=1),
            "line_predicted": sums.lines.predicted,
            "line_predicted_inside": sums.lines.predicted_inside,
            "line_truth": sums.lines.truth,
            "line_truth_inside": sums.lines.truth_inside,
            "false_length_px": sums.alarms.false_length_px,
        }
    )
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def describe_detection(curve: DetectionCurve) -> dict[str, Any]:
    """The probability of detection, JSON-ready, in the order of reading.

    Args:
        curve: From ``fit_detection``.

    Returns:
        a90 and its bounds first, then how they came about, then the bins.
    """
    found = asdict(curve)
    bins, band, length = (found.pop(name) for name in ("by_width", "band", "length"))
    first = ("a90_px", "a90_95_px", "a90_mm", "a90_95_mm", "note", "bound_note")
    ordered = {name: found[name] for name in first if found[name] not in (None, "")}
    return {
        **ordered,
        **{name: value for name, value in length.items() if name.startswith("l90")},
        **{f"l90_{name}": length[name] for name in ("note", "bound_note") if length[name]},
        **{name: value for name, value in found.items() if name not in first},
        "by_width": list(bins),
        # Columns, since nobody reads it as a table.
        "band": {name: [point[name] for point in band] for name in ("width_px", "low", "high")},
    }


def _bound(
    sums: MaskSums, groups: NDArray[Any], settings: SegmentationEvaluation, index: int
) -> dict[str, Interval]:
    names = list(rate_masks(sums.pooled(), index=index, tolerance_px=settings.tolerance_px))

    def rate(columns: NDArray[np.float64]) -> NDArray[np.float64]:
        values = rate_masks(
            sums.from_columns(columns), index=index, tolerance_px=settings.tolerance_px
        )
        return np.stack([values[name] for name in names], axis=-1)

    found = interval_of(sums.columns(), groups, rate, resamples=settings.resamples)
    return dict(zip(names, found, strict=True))


def _trace_risk(
    scores: SplitScores, sums: MaskSums, index: int, temperature: float
) -> RiskCoverage:
    levels = np.asarray(apply_temperature(LEVEL_PROBABILITIES, temperature), np.float64)
    pixels = scores.photos.crack + scores.photos.background
    expected = expect_dice(pixels, index, level_probabilities=levels)
    return trace_risk(expected, 1.0 - sums.means.dice)


def _pool_reliability(
    scores: SplitScores,
) -> tuple[ReliabilityCounts, ReliabilityCounts] | None:
    raw = ReliabilityCounts.stack([photo.raw for photo in scores.calibration]).pooled()
    scaled = ReliabilityCounts.stack([photo.scaled for photo in scores.calibration]).pooled()
    return (raw, scaled) if raw.count.sum() > 0 else None


def _report_calibration(
    scores: SplitScores,
    groups: NDArray[Any],
    settings: SegmentationEvaluation,
    temperature: float,
) -> tuple[dict[str, Any], dict[str, float]]:
    report: dict[str, Any] = {"temperature": temperature}
    metrics: dict[str, float] = {}
    for when, kind in (("", "raw"), ("_after_temperature", "scaled")):
        photos = ReliabilityCounts.stack([getattr(one, kind) for one in scores.calibration])
        found = interval_of(
            photos.columns(), groups, rate_calibration, resamples=settings.resamples
        )
        for name, interval in zip(CALIBRATION_METRICS, found, strict=True):
            report[f"{name}{when}"] = describe_interval(interval)
            if np.isfinite(interval.value):
                metrics[f"{name}_band{when}"] = interval.value
    report["definition"] = (
        "Counted are pixels within 16 px of true crack or of what is predicted at 0.5: elsewhere "
        "so much background is told right that it would hide the errors."
    )
    return report, metrics


def _flatten_detection(curve: DetectionCurve) -> dict[str, float]:
    named = {
        "a90_px": curve.a90_px,
        "a90_95_px": curve.a90_95_px,
        "a90_mm": curve.a90_mm,
        "a90_95_mm": curve.a90_95_mm,
        "l90_px": curve.length.l90_px,
        "l90_95_px": curve.length.l90_95_px,
        "l90_mm": curve.length.l90_mm,
        "l90_95_mm": curve.length.l90_95_mm,
    }
    return {name: value for name, value in named.items() if value is not None}


def _units(scores: SplitScores) -> list[Any]:
    if scores.full is None:
        raise ValueError("the split was not measured in full")
    return scores.full.units
