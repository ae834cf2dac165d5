"""Figures of an evaluation's table: headline, strata, detection, calibration, doubtful photos."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from crack_pipeline.figures.detection import DetectionBins, draw_detection
from crack_pipeline.figures.detection import DetectionCurve as FittedCurve
from crack_pipeline.figures.interval_table import draw_intervals
from crack_pipeline.figures.reliability import ReliabilityLine, draw_reliability
from crack_pipeline.figures.risk_coverage import draw_risk_coverage
from crack_pipeline.figures.strata import Stratum, draw_strata
from crack_pipeline.metrics.calibration import ReliabilityCounts
from crack_pipeline.metrics.detection import DetectionCurve
from crack_pipeline.metrics.risk_coverage import RiskCoverage
from crack_pipeline.tasks.label_report import LabelReport
from crack_pipeline.tasks.mask_report import MaskReport
from crack_pipeline.wording.scores import Score

Title = Callable[[str], str]
"""Makes a figure's title of what is shown."""

_CURVE_POINTS = 200


def draw_mask_figures(report: MaskReport, *, tolerance_px: int, title: Title) -> dict[str, Figure]:
    """Draw what a segmentation's table holds.

    Args:
        report: The table.
        tolerance_px: The evaluation's tolerance.
        title: Makes a title of what is shown.

    Returns:
        ``headline``, ``strata``, ``detection``, ``reliability`` and ``risk_coverage``, those that
        have something to show: without crack there are no strata and no detection, and where 0
        and 1 alone were predicted no reliability and no risk.
    """
    strata = (
        (f"f1_tolerance_{tolerance_px}px_pooled", "F1 of pixels"),
        (f"f1_tolerance_{tolerance_px}px", "F1 of centrelines"),
    )
    figures = {
        "headline": draw_headline(report.headline, title),
        "strata": draw_strata_figure(
            report.parts["strata"], strata, title, label=f"F1 with {tolerance_px} px tolerance"
        ),
        "detection": draw_detection_figure(report.detection, title),
    }
    if report.has_probabilities:
        temperature = report.parts["calibration"]["temperature"]
        figures["reliability"] = draw_reliability_figure(
            report.reliability, unit="pixels", temperature=temperature, title=title
        )
        figures["risk_coverage"] = draw_risk_figure(report.risk, risk_label="1 − Dice", title=title)
    return _drawn(figures)


def draw_label_figures(report: LabelReport, *, title: Title) -> dict[str, Figure]:
    """Draw what a classification's table holds.

    Args:
        report: The table.
        title: Makes a title of what is shown.

    Returns:
        ``headline``, ``reliability`` and ``risk_coverage``; ``strata`` where there are any.
    """
    return _drawn(
        {
            "headline": draw_headline(report.headline, title),
            "strata": draw_strata_figure(
                report.parts["strata"], (("f1", ""),), title, label="F1 of photos"
            ),
            "reliability": draw_reliability_figure(
                report.reliability,
                unit="photos",
                temperature=report.parts["calibration"]["temperature"],
                title=title,
            ),
            "risk_coverage": draw_risk_figure(report.risk, risk_label="wrong labels", title=title),
        }
    )


def _drawn(figures: Mapping[str, Figure | None]) -> dict[str, Figure]:
    return {name: figure for name, figure in figures.items() if figure is not None}


def draw_headline(headline: Sequence[Score], title: Title) -> Figure:
    """Headline metrics between 0 and 1 with their intervals.

    Args:
        headline: The scores that stand first.
        title: Makes the title.

    Returns:
        The figure; lengths and the Brier score are left to the table.
    """
    rows = [score for score in headline if score.value is not None and score.metric.is_score]
    return draw_intervals(
        rows, x_label="Value", title=title("Headline metrics with 95 % intervals")
    )


def draw_strata_figure(
    strata: Sequence[Mapping[str, Any]],
    metrics: Sequence[tuple[str, str]],
    title: Title,
    *,
    label: str,
) -> Figure | None:
    """One metric on each stratum.

    Args:
        strata: Entries of the report.
        metrics: Names that an entry may have the metric by, the first one counts, each with what it
            is of, such as "F1 of pixels"; empty where that needs no words.
        title: Makes the title.
        label: The metric in words, for the axis.

    Returns:
        The figure; None where there are no strata.
    """
    rows = []
    for entry in strata:
        known = [(entry["metrics"][name], of) for name, of in metrics if name in entry["metrics"]]
        value, of = known[0] if known else (None, "")
        if value is not None and np.isfinite(value):
            by = f"{entry['by']}: {of}" if of else entry["by"]
            rows.append(Stratum(by, entry["stratum"], entry["photos"], value))
    if not rows:
        return None
    return draw_strata(rows, metric=label, overall=None, title=title("F1 by stratum"))


def draw_detection_figure(curve: DetectionCurve, title: Title) -> Figure | None:
    """Probability of detection by crack width in px.

    Args:
        curve: From ``fit_detection``.
        title: Makes the title.

    Returns:
        The figure; None where there is no crack.
    """
    if not curve.by_width:
        return None
    bins = curve.by_width
    last = bins[-1].to_px or bins[-1].from_px + 1
    edges = np.arange(0, last + 1)
    detected, found, count = np.full(last, np.nan), np.full(last, np.nan), np.zeros(last)
    for one in bins:
        detected[one.from_px] = one.detected / one.units if one.units else np.nan
        found[one.from_px], count[one.from_px] = one.share_found, one.length_px
    return draw_detection(
        DetectionBins(edges, detected, found, count),
        _fitted(curve),
        width_unit="px",
        count_label="Crack, px",
        title=title("Probability of detection against crack width"),
    )


def draw_reliability_figure(
    pair: tuple[ReliabilityCounts, ReliabilityCounts] | None,
    *,
    unit: str,
    temperature: float,
    title: Title,
) -> Figure | None:
    """Reliability before and after the temperature.

    Args:
        pair: Sums before and after it; None where nothing was counted.
        unit: What is counted, "pixels" or "photos".
        temperature: T.
        title: Makes the title.

    Returns:
        The figure; None where nothing was counted.
    """
    if pair is None:
        return None
    lines = [ReliabilityLine("as predicted", pair[0])]
    if temperature != 1.0:
        lines.append(ReliabilityLine(f"temperature {temperature:.2f}", pair[1]))
    return draw_reliability(lines, unit=unit, title=title("Reliability of probabilities"))


def draw_risk_figure(curve: RiskCoverage, *, risk_label: str, title: Title) -> Figure:
    """Risk against coverage.

    Args:
        curve: From ``trace_risk``.
        risk_label: What the risk is.
        title: Makes the title.

    Returns:
        The figure.
    """
    named = title("Risk if the doubtful photos go to a person")
    return draw_risk_coverage(curve, risk_label=risk_label, title=named)


def _fitted(curve: DetectionCurve) -> FittedCurve | None:
    if curve.slope is None or curve.narrowest_px is None or curve.widest_px is None:
        return None
    points = curve.band
    width = np.array([point.width_px for point in points])
    if not points:
        width = np.geomspace(curve.narrowest_px, curve.widest_px, _CURVE_POINTS)
    return FittedCurve(
        width,
        curve.share(width),
        [point.low for point in points] or None,
        [point.high for point in points] or None,
        a90=curve.a90_px,
        a90_95=curve.a90_95_px,
        length=None if curve.length.slope is None else curve.length.share(width),
    )
