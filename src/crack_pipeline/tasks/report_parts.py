"""Parts of a report that every task writes alike, JSON-ready."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from crack_pipeline.metrics.bootstrap import Interval, sum_intervals
from crack_pipeline.metrics.calibration import ReliabilityCounts, rate_calibration
from crack_pipeline.metrics.risk_coverage import RiskCoverage, share_to_hand_over
from crack_pipeline.wording.metric_labels import Metric
from crack_pipeline.wording.scores import Score

_COVERAGE_POINTS = 50
_SCALED = "_after_temperature"
_NOTICEABLE = 0.01
"""Rise of a calibration error from which it is worth a sentence."""


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
