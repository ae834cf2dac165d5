import io
import math

import numpy as np

from crack_pipeline.figures.interval_table import IntervalRow, draw_intervals

ROWS = [
    IntervalRow("F1", 0.86, 0.84, 0.88, 0.9),
    IntervalRow("AP", 0.9, None, None, 0.95),
    IntervalRow("MCC", math.nan, None, None),
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
    rows = [IntervalRow("Brier score", -0.01, -0.03, 0.001)]
    figure = draw_intervals(rows, x_label="First less second", title="Test", no_effect=0)
    assert written(figure) == ["−0.010  (−0.030 to +0.001)"]
    assert list(figure.axes[0].lines[0].get_xdata()) == [0, 0]
    assert figure.axes[0].get_legend() is None
