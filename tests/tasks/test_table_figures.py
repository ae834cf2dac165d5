"""The headline figure shows what shares an axis, and nothing is drawn where there is nothing."""

from crack_pipeline.metrics.detection import fit_detection
from crack_pipeline.tasks.table_figures import (
    draw_detection_figure,
    draw_headline,
    draw_reliability_figure,
    draw_strata_figure,
)
from crack_pipeline.wording.scores import Score


def _title(what: str) -> str:
    return what


def test_tolerant_metrics_are_shown_and_lengths_are_not():
    figure = draw_headline(
        [
            Score("f1_tolerance_2px_pooled", "F1 with 2 px", 0.9),
            Score("hausdorff95_px_mean", "Hausdorff", 0.4),
            Score("false_length_px_per_megapixel", "false length", 0.0),
            Score("brier", "Brier", 0.1),
        ],
        _title,
    )
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels == ["F1 with 2 px"]


def test_strata_say_what_their_score_is_of():
    figure = draw_strata_figure(
        [
            {"by": "crack width", "stratum": "3 to 8 px", "photos": 2, "metrics": {"line": 0.5}},
            {"by": "source", "stratum": "wall", "photos": 3, "metrics": {"pixel": 0.6}},
        ],
        [("pixel", "F1 of pixels"), ("line", "F1 of centrelines")],
        _title,
        label="F1",
    )
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels[0] == "Crack width: F1 of centrelines"
    assert labels[2] == "Source: F1 of pixels"
    assert figure.axes[0].get_title(loc="left").startswith("F1 by stratum")


def test_nothing_is_drawn_where_there_is_nothing():
    assert draw_strata_figure([], [("f1", "")], _title, label="F1") is None
    assert draw_detection_figure(fit_detection([], [], resamples=1), _title) is None
    assert draw_reliability_figure(None, unit="pixels", temperature=1.0, title=_title) is None
