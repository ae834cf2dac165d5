"""The figures of a segmentation's table."""

from matplotlib.figure import Figure

from crack_pipeline.figures.notice import draw_notice
from crack_pipeline.tasks.mask_report import MaskReport
from crack_pipeline.tasks.table_figures import (
    RELIABILITY_TITLE,
    RISK_TITLE,
    Title,
    draw_detection_figure,
    draw_headline,
    draw_reliability_figure,
    draw_risk_figure,
    draw_strata_figure,
)


def draw_mask_figures(report: MaskReport, *, tolerance_px: int, title: Title) -> dict[str, Figure]:
    """Draw all of them.

    Args:
        report: The table.
        tolerance_px: The evaluation's tolerance.
        title: Makes a title of what is shown.

    Returns:
        ``headline``, ``strata``, ``detection``, ``reliability`` and ``risk_coverage``; the last
        two are notices where 0 and 1 alone were predicted.
    """
    strata = (
        (f"f1_tolerance_{tolerance_px}px_pooled", "F1 of pixels"),
        (f"f1_tolerance_{tolerance_px}px", "F1 of centrelines"),
    )
    return {
        "headline": draw_headline(report.parts["headline"], title),
        "strata": draw_strata_figure(
            report.parts["strata"],
            strata,
            title,
            label=f"F1 with {tolerance_px} px tolerance",
            without="No crack in these photos.",
        ),
        "detection": draw_detection_figure(report.detection, title),
        **(
            _draw_probabilities(report, title) if report.has_probabilities else _draw_notices(title)
        ),
    }


def _draw_probabilities(report: MaskReport, title: Title) -> dict[str, Figure]:
    return {
        "reliability": draw_reliability_figure(
            report.reliability,
            unit="pixels",
            temperature=report.parts["calibration"]["temperature"],
            title=title,
        ),
        "risk_coverage": draw_risk_figure(report.risk, risk_label="1 − Dice", title=title),
    }


def _draw_notices(title: Title) -> dict[str, Figure]:
    named = {"reliability": RELIABILITY_TITLE, "risk_coverage": RISK_TITLE}
    return {
        name: draw_notice(
            "Masks hold no probabilities: give maps for this figure.", title=title(what)
        )
        for name, what in named.items()
    }
