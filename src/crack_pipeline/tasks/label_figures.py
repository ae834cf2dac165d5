"""The figures of a classification's table."""

from matplotlib.figure import Figure

from crack_pipeline.figures.notice import draw_notice
from crack_pipeline.tasks.label_report import LabelReport
from crack_pipeline.tasks.table_figures import (
    Title,
    draw_headline,
    draw_reliability_figure,
    draw_risk_figure,
    draw_strata_figure,
)


def draw_label_figures(report: LabelReport, *, title: Title) -> dict[str, Figure]:
    """Draw all of them.

    Args:
        report: The table.
        title: Makes a title of what is shown.

    Returns:
        ``headline``, ``strata``, ``detection`` (a notice: labels have no widths), ``reliability``
        and ``risk_coverage``.
    """
    return {
        "headline": draw_headline(report.parts["headline"], title),
        "strata": draw_strata_figure(
            report.parts["strata"],
            (("f1", ""),),
            title,
            label="F1 of photos",
            without=report.without_strata,
        ),
        "detection": draw_notice(
            "Labels say nothing of crack widths: train a segmentation for this figure.",
            title=title("Probability of detection against crack width"),
        ),
        "reliability": draw_reliability_figure(
            report.reliability,
            unit="photos",
            temperature=report.parts["calibration"]["temperature"],
            title=title,
        ),
        "risk_coverage": draw_risk_figure(report.risk, risk_label="wrong labels", title=title),
    }
