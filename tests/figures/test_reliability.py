import io

import numpy as np

from crack_pipeline.figures.reliability import ReliabilityLine, draw_reliability
from crack_pipeline.metrics.calibration import count_reliability


def test_shows_curves_before_and_after_and_what_the_bins_of_the_last_hold():
    before = count_reliability([0.1, 0.9, 0.95], [0, 1, 0], bins=2)
    after = count_reliability([0.3, 0.7, 0.8], [0, 1, 0], bins=2)
    lines = [ReliabilityLine("as predicted", before), ReliabilityLine("scaled", after)]
    figure = draw_reliability(lines, unit="photos", title="Photos")
    axes, strip = figure.axes
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["calibrated", "as predicted", "scaled"]
    np.testing.assert_allclose(axes.lines[2].get_xydata(), [[0.3, 0.0], [0.75, 0.5]])
    assert [bar.get_height() for bar in strip.patches] == [1, 2]
    assert strip.get_ylabel() == "Photos"


def test_nothing_to_count_is_drawn_as_nothing():
    lines = [ReliabilityLine("as predicted", count_reliability([], []))]
    figure = draw_reliability(lines, unit="pixels", title="Empty masks")
    figure.savefig(io.BytesIO(), format="png")
    assert figure.axes[0].lines[1].get_xdata().size == 0
