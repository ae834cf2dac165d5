"""Parts of a report that tasks write alike, JSON-ready: calibration, risk, strata, differences."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from crack_pipeline.metrics.bootstrap import Interval, paired_interval, rate_f1, sum_intervals
from crack_pipeline.metrics.calibration import ReliabilityCounts, rate_calibration
from crack_pipeline.metrics.detection import DetectionCurve
from crack_pipeline.metrics.labels import LabelPredictions, paired_label_intervals, summarize_labels
from crack_pipeline.metrics.masks import MaskSums, list_mask_rates, rate_masks
from crack_pipeline.metrics.rates import ConfusionCounts
from crack_pipeline.metrics.risk_coverage import RiskCoverage, share_to_hand_over
from crack_pipeline.metrics.structure import STRATA, CentrelineCounts
from crack_pipeline.wording.metric_labels import WIDTH_WORDS, Metric
from crack_pipeline.wording.scores import Score

_COVERAGE_POINTS = 50
_SCALED = "_after_temperature"
_NOTICEABLE = 0.01
"""Rise of a calibration error from which it is worth a sentence."""


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """The table of a split and what belongs to it.

    Attributes:
        metrics: Name without the split → number.
        parts: JSON-ready, by the keys of ``evaluation_report.json``.
        headline: The scores that stand first.
        intervals: Name without the split → interval, of all metrics of the table.
        risk: For its figure.
        reliability: Sums before and after the temperature; None where nothing was counted.
        unit: What was counted, "pixels" or "photos".
        tolerance_px: Of masks.
        detection: For its figure; None of labels.
        has_probabilities: False where 0 and 1 alone were predicted.
    """

    metrics: dict[str, float]
    parts: dict[str, Any]
    headline: tuple[Score, ...]
    intervals: dict[str, Interval]
    risk: RiskCoverage
    reliability: tuple[ReliabilityCounts, ReliabilityCounts] | None
    unit: str
    tolerance_px: int = 0
    detection: DetectionCurve | None = None
    has_probabilities: bool = True


def describe_interval(found: Interval) -> dict[str, float | None]:
    """A metric with its bounds.

    Args:
        found: The interval.

    Returns:
        ``value``, ``low`` and ``high``; None where one is not known.
    """
    value = found.value if math.isfinite(found.value) else None
    return {"value": value, "low": found.low, "high": found.high}


def score_of(
    metric: Metric,
    found: Interval,
    *,
    agreement: float | None = None,
    note: str = "",
    group: str = "",
) -> Score:
    """Write a metric with its bounds as a row of a table.

    Args:
        metric: From the table of metrics.
        found: The interval, whose own note follows ``note``.
        agreement: What repeated annotations agree at.
        note: What must be known to read it here.
        group: Of the protocols; empty in the headline.

    Returns:
        The row; None where the value is not finite.
    """
    notes = "; ".join(filter(None, (note, found.note)))
    bounds = describe_interval(found)
    return Score(metric.name, metric.label, **bounds, agreement=agreement, note=notes, group=group)


def describe_risk(curve: RiskCoverage) -> dict[str, Any]:
    """The risk–coverage curve.

    Args:
        curve: From ``trace_risk``.

    Returns:
        Areas, the share to hand over to halve the risk, up to 50 points, and a note where the
        order of the photos is worth no more than chance.
    """
    chosen = np.unique(np.linspace(0, len(curve.risk) - 1, _COVERAGE_POINTS).round().astype(int))
    return {
        "aurc": curve.area,
        "oracle_aurc": curve.oracle_area,
        "excess_aurc": curve.excess,
        "risk_of_all": float(curve.risk[-1]),
        "share_to_hand_over_to_halve_the_risk": share_to_hand_over(curve),
        "note": _describe_order(curve),
        "coverage": curve.coverage[chosen].tolist(),
        "risk": curve.risk[chosen].tolist(),
    }


def report_calibration(
    raw: ReliabilityCounts,
    scaled: ReliabilityCounts,
    groups: ArrayLike,
    *,
    resamples: int,
    temperature: float,
) -> dict[str, Any]:
    """Errors of calibration before and after the temperature, JSON-ready.

    Args:
        raw: Of N photos, (N, B), by probability as it is.
        scaled: The same by probability after the temperature.
        groups: (N,) group of each photo.
        resamples: Draws of the bootstrap.
        temperature: What logits were divided by.

    Returns:
        ``temperature``, each error as ``describe_interval`` gives it, ``note``.
    """
    report: dict[str, Any] = {"temperature": temperature}
    for when, photos in (("", raw), (_SCALED, scaled)):
        found = sum_intervals(photos, groups, rate_calibration, resamples=resamples)
        report |= {f"{name}{when}": describe_interval(one) for name, one in found.items()}
    return {**report, "note": describe_scaling(report)}


def name_calibration(report: Mapping[str, Any], suffix: str = "") -> dict[str, float]:
    """Flat numbers of ``report_calibration``, for instance ``ece_band_after_temperature``."""
    return {
        f"{name.removesuffix(_SCALED)}{suffix}{_SCALED if name.endswith(_SCALED) else ''}": value
        for name, found in report.items()
        if isinstance(found, Mapping) and (value := found["value"]) is not None
    }


def describe_scaling(calibration: Mapping[str, Any]) -> str:
    """Remark on a temperature that makes the calibration of these photos noticeably worse.

    Args:
        calibration: With ``ece`` and ``ece_after_temperature``, each an interval.

    Returns:
        A sentence where it makes the calibration error larger, else nothing.
    """
    before, after = (calibration[name]["value"] for name in ("ece", "ece_after_temperature"))
    if before is None or after is None or after - before < _NOTICEABLE:
        return ""
    return (
        f"The temperature of {calibration['temperature']:.2f}, fitted on validation, makes the "
        f"calibration error of these photos larger, not smaller: {before:.3f} before, {after:.3f} "
        "after."
    )


def list_rows(columns: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One dict a photo of columns by name, JSON-ready."""
    rows = pd.DataFrame(columns).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def leave_finite(content: Any) -> Any:
    """Put None in the place of numbers that JSON has no word for.

    Args:
        content: Dicts, lists, numbers and words, nested.

    Returns:
        The same with None for NaN and infinity.
    """
    if isinstance(content, Mapping):
        return {name: leave_finite(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [leave_finite(value) for value in content]
    is_odd = isinstance(content, float) and not math.isfinite(content)
    return None if is_odd else content


def _describe_order(curve: RiskCoverage) -> str:
    risk_of_all = float(curve.risk[-1])
    if risk_of_all == 0 or curve.area < risk_of_all:
        return ""
    return (
        "Handing over the photos that the model is least sure of is no better than handing over "
        f"any: mean risk over all coverages {curve.area:.3f}, of all photos {risk_of_all:.3f}."
    )


_SHARES = ((0.0, 0.01, "below 1 %"), (0.01, 0.05, "1 to 5 %"), (0.05, np.inf, "5 % and more"))
_NO_CRACK = "no crack"
_FALSE_ALARMS = ("false_length_px_per_megapixel", "false_area_share")
"""Metrics of crack-free photos: pooled, a score of them is 1, or 0 for one pixel."""

_Part = tuple[str, str, NDArray[np.bool_]]


def list_mask_strata(
    sums: MaskSums, rows: pd.DataFrame, *, index: int, tolerance_px: int
) -> list[dict[str, Any]]:
    """Metrics of masks, of each stratum that holds photos.

    Args:
        sums: Of N photos, (N, …), with centrelines.
        rows: Of the same photos, with ``source`` and ``surface`` where these are known.
        index: Of the decision threshold in the grid.
        tolerance_px: The evaluation's tolerance.

    Returns:
        JSON-ready: ``by``, ``stratum``, ``photos``, ``metrics``. By source and surface only where
        there are several.
    """
    table = list_mask_rates(tolerance_px)
    scores = (
        f"f1_tolerance_{tolerance_px}px_pooled",
        "f1_pooled",
        "cldice_pooled",
        "recall_pooled",
    )
    strata = [] if sums.lines is None else _list_widths(sums.lines, tolerance_px)
    for part in (*_split_by_share(sums), *_split_by_columns(rows)):
        names = _FALSE_ALARMS if part[1] == _NO_CRACK else scores
        rates = {name: table[name] for name in names}
        strata.append(_entry(part, rate_masks(sums.at(part[2]), rates, index=index)))
    return strata


def list_label_strata(
    rows: pd.DataFrame,
    labels: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    threshold: float,
) -> list[dict[str, Any]]:
    """Metrics of labels, by source and surface where there are several.

    Args:
        rows: Of the manifest, N.
        labels: (N,) of {0, 1}.
        probabilities: (N,) in [0, 1].
        threshold: Crack is predicted where the probability is ≥ it.

    Returns:
        JSON-ready, as ``list_mask_strata``.
    """
    strata = []
    for part in _split_by_columns(rows):
        metrics = summarize_labels(
            labels[part[2]], probabilities[part[2]], threshold=threshold, prefix="part"
        )
        names = ("f1", "recall", "specificity", "auc")
        kept = {name: metrics[f"part_{name}"] for name in names if f"part_{name}" in metrics}
        strata.append(_entry(part, kept))
    return strata


def _list_widths(lines: CentrelineCounts, tolerance_px: int) -> list[dict[str, Any]]:
    pooled = lines.pooled()
    recall, f1 = pooled.recall_by_width(), pooled.by_width.f1()
    return [
        _entry(
            ("crack width", WIDTH_WORDS[name], lines.by_width.truth[:, place] > 0),
            {
                f"recall_tolerance_{tolerance_px}px": float(recall[place]),
                f"f1_tolerance_{tolerance_px}px": float(f1[place]),
            },
        )
        for place, name in enumerate(STRATA)
        if pooled.by_width.truth[place] > 0
    ]


def _split_by_share(sums: MaskSums) -> Iterator[_Part]:
    crack = sums.near.crack.sum(axis=-1)
    share = crack / (crack + sums.near.background.sum(axis=-1))
    by = "share of cracked pixels"
    for low, high, name in _SHARES:
        chosen = (crack > 0) & (share >= low) & (share < high)
        if chosen.any():
            yield by, name, chosen
    if (crack == 0).any():
        yield by, _NO_CRACK, crack == 0


def _split_by_columns(rows: pd.DataFrame) -> Iterator[_Part]:
    for column in ("source", "surface"):
        if column in rows:
            values = rows[column].astype("string").fillna("unknown")
            names = sorted(values.unique())
            for name in names if len(names) > 1 else ():
                yield column, str(name), (values == name).to_numpy(bool)


def _entry(part: _Part, metrics: dict[str, float]) -> dict[str, Any]:
    by, stratum, chosen = part
    return {"by": by, "stratum": stratum, "photos": int(chosen.sum()), "metrics": metrics}


def list_counts(image_ids: Iterable[Any], counts: ConfusionCounts) -> dict[str, list[int]]:
    """Counts of each photo, for a baseline's JSON.

    Args:
        image_ids: N names of photos.
        counts: Counts of shape (N,).

    Returns:
        Name → true positive, false positive, false negative, true negative.
    """
    return dict(zip(map(str, image_ids), counts.columns().astype(int).tolist(), strict=True))


def compare_masks(
    rows: pd.DataFrame,
    counts: ConfusionCounts,
    baseline_counts: Mapping[str, Sequence[int]],
    *,
    resamples: int,
) -> dict[str, float]:
    """Difference of the pooled F1.

    Args:
        rows: Of the manifest, N.
        counts: The model's, (N,).
        baseline_counts: From ``list_counts``, of the same photos.
        resamples: Draws of the bootstrap.

    Returns:
        ``test_f1_pooled_minus_baseline``, and the same with ``_low`` and ``_high`` of 95 %, where
        the photos are of two or more groups.
    """
    known = np.array([baseline_counts[str(name)] for name in rows["image_id"]])
    found = paired_interval(counts.columns(), known, rows["group_id"], rate_f1, resamples=resamples)
    return _name({"f1_pooled": found[0].difference})


def compare_labels(
    rows: pd.DataFrame,
    labels: NDArray[np.int64],
    model: tuple[NDArray[np.float64], float],
    baseline: tuple[NDArray[np.float64], float],
    *,
    resamples: int,
) -> dict[str, float]:
    """Differences of F1, of the area under the curve and of the Brier score.

    The Brier score is the mean squared error of the probabilities: it tells two models apart
    where both get nearly every label right.

    Args:
        rows: Of the manifest, N.
        labels: (N,) of {0, 1}.
        model: Its (N,) probabilities and its threshold.
        baseline: The same.
        resamples: Draws of the bootstrap.

    Returns:
        ``test_<metric>_minus_baseline``, and the same with ``_low`` and ``_high`` of 95 %, where
        the photos are of two or more groups; no AUC where a class is absent.

    Source:
        Brier (1950), Verification of forecasts expressed in terms of probability,
        https://doi.org/10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2
    """
    first, second = (LabelPredictions(*one) for one in (model, baseline))
    found = paired_label_intervals(labels, first, second, rows["group_id"], resamples=resamples)
    return _name({name: found[name].difference for name in ("f1", "auc", "brier")})


def _name(intervals: Mapping[str, Interval]) -> dict[str, float]:
    return {
        f"test_{name}_minus_baseline{suffix}": value
        for name, found in intervals.items()
        if np.isfinite(found.value)
        for suffix, value in (("", found.value), ("_low", found.low), ("_high", found.high))
        if value is not None
    }
