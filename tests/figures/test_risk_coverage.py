import io

import numpy as np

from crack_pipeline.figures.risk_coverage import draw_risk_coverage
from crack_pipeline.metrics.risk_coverage import trace_risk


def names_of(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def test_marks_the_share_that_halves_the_risk_on_the_curve():
    curve = trace_risk([0.9, 0.1, 0.5, 0.7], [0.0, 0.8, 0.0, 0.4])
    figure = draw_risk_coverage(curve, risk_label="1 − Dice", title="Photos")
    assert names_of(figure)[-1] == "hand over 25 % to halve the risk"
    np.testing.assert_allclose(figure.axes[0].lines[-1].get_xydata(), [[0.75, 0.4 / 3]])
    assert "1 − Dice" in figure.axes[0].get_ylabel()


def test_marks_nothing_where_nothing_halves_it():
    curve = trace_risk([0.1, 0.9], [0.0, 0.8])
    figure = draw_risk_coverage(curve, risk_label="1 − Dice", title="Photos")
    assert len(names_of(figure)) == 3


def test_a_single_photo_without_risk_can_be_drawn():
    figure = draw_risk_coverage(trace_risk([1.0], [0.0]), risk_label="errors", title="Photo")
    figure.savefig(io.BytesIO(), format="png")
