import io

import numpy as np
import pytest

from crack_pipeline.figures.intervals import (
    Stratum,
    draw_intervals,
    draw_run_comparison,
    draw_strata,
)
from crack_pipeline.wording.scores import Score

ROWS = [
    Score("f1", "F1", 0.86, 0.84, 0.88, 0.9),
    Score("ap", "AP", 0.9, None, None, 0.95),
    Score("mcc", "MCC", None),
]


def written(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_each_row_shows_its_value_and_interval_and_writes_them():
    figure = draw_intervals(ROWS, x_label="Value", title="Test")
    figure.savefig(io.BytesIO(), format="png")
    assert written(figure) == ["0.860  (0.840 to 0.880)", "0.900  (no interval)", "undefined"]
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_xdata(), [0.84, 0.88])
    legend = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert legend == ["two drawings agree at"]


def test_differences_have_signs_and_a_line_at_no_effect():
    rows = [Score("brier", "Brier score", -0.01, -0.03, 0.001)]
    figure = draw_intervals(rows, x_label="First less second", title="Test", no_effect=0)
    assert written(figure) == ["−0.010  (−0.030 to +0.001)"]
    assert list(figure.axes[0].lines[0].get_xdata()) == [0, 0]
    assert figure.axes[0].get_legend() is None


def _row(label, difference, low, high, *, lower_is_better=False):
    return {
        "label": label,
        "difference": difference,
        "low": low,
        "high": high,
        "lower_is_better": lower_is_better,
    }


def _draw(*rows, name="unet-sample 2026-11-27"):
    runs = {"a": {"name": name}, "b": {"name": "other"}}
    return draw_run_comparison(
        {"runs": runs, "photos": 36, "groups": 30, "differences": list(rows)}
    )


def _dots(figure):
    lines = figure.axes[0].lines
    return [float(line.get_xdata()[0]) for line in lines if line.get_marker() == "o"]


def test_each_metric_is_a_row_around_no_difference():
    figure = _draw(_row("F1", 0.02, 0.01, 0.03), _row("IoU", -0.01, -0.02, 0.01))
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["F1", "IoU"]
    assert _dots(figure) == [0.02, -0.01]
    assert "36 test photos of 30 groups" in axes.get_title(loc="left")
    assert "a is better to the right" in axes.get_xlabel()


def test_where_low_is_good_the_row_is_turned_round():
    figure = _draw(_row("Brier score", -0.05, -0.07, -0.02, lower_is_better=True))
    assert _dots(figure) == [0.05]
    (interval,) = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 2][1:]
    assert list(interval.get_xdata()) == [0.02, 0.07]
    assert figure.axes[0].get_yticklabels()[0].get_text() == "Brier score, turned round"


def test_what_is_undefined_or_has_no_interval_is_written():
    figure = _draw(_row("AUC", None, None, None), _row("F1", 0.1, None, None))
    texts = " ".join(text.get_text() for text in figure.axes[0].texts)
    assert "undefined" in texts
    assert "no interval" in texts


@pytest.mark.parametrize("name", ["long " * 40, "/" + "very_long_folder/" * 20 + "x.json"])
def test_long_names_are_cut(name):
    title = _draw(_row("F1", 0.1, 0.0, 0.2), name=name).axes[0].get_title(loc="left")
    assert max(map(len, title.splitlines())) <= 70


STRATA = [
    Stratum("crack width", "below 3 px", 4, 0.5),
    Stratum("crack width", "3 to 8 px", 9, 0.8),
    Stratum("source", "a name that is far too long to be written out", 1, 0.1),
]


def labels_of(figure):
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def test_each_kind_has_a_heading_and_each_stratum_its_number_of_photos():
    figure = draw_strata(STRATA, metric="F1", title="Test")
    figure.savefig(io.BytesIO(), format="png")
    assert labels_of(figure) == [
        "Crack width",
        "below 3 px  (n = 4)",
        "3 to 8 px  (n = 9)",
        "Source",
        "a name that is far too long…  (n = 1)",
    ]
    assert [text.get_text() for text in figure.axes[0].texts] == ["0.500", "0.800", "0.100"]


def test_more_strata_make_a_taller_figure():
    short, tall = (draw_strata(STRATA * times, metric="F1", title="Test") for times in (1, 5))
    assert tall.get_figheight() > 2 * short.get_figheight()


def test_no_strata_can_be_drawn():
    figure = draw_strata([], metric="F1", title="Test")
    figure.savefig(io.BytesIO(), format="png")


def test_text_beside_a_row_stays_right_of_the_plot_and_inside_the_figure():
    figure = draw_intervals(ROWS, x_label="Value", title="Test")
    figure.draw_without_rendering()
    axes = figure.axes[0]
    text, plot = axes.texts[1].get_window_extent(), axes.get_window_extent()
    assert plot.x1 < text.x0 < text.x1 < figure.bbox.x1
    assert abs((text.y0 + text.y1) / 2 - axes.transData.transform((0, 1))[1]) < 3
