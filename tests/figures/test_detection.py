import io

import numpy as np

from crack_pipeline.figures.detection import DetectionBins, DetectionCurve, draw_detection

BINS = DetectionBins([0, 2, 4, 8], [0.3, 0.8, np.nan], [0.4, 0.7, np.nan], [500, 2000, 0])
MEASURED = ["pieces detected", "length found"]
WIDTH = np.array([0.0, 4.0, 8.0])


def names_of(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_shows_points_by_bin_fit_and_both_marks():
    curve = DetectionCurve(WIDTH, [0.1, 0.9, 1], [0, 0.8, 0.95], [0.2, 1, 1], 4.0, 5.25)
    figure = draw_detection(BINS, curve, width_unit="mm", count_label="Crack, px", title="Test")
    axes, strip = figure.axes
    marks = ["its 95 % band", "fit to pieces", "a90 = 4 mm", "a90/95 = 5.25 mm"]
    assert names_of(figure) == [*marks, *MEASURED]
    np.testing.assert_array_equal(axes.lines[-2].get_xdata(), [1, 3, 6])
    np.testing.assert_array_equal(axes.lines[-2].get_ydata(), BINS.detected)
    np.testing.assert_array_equal(axes.lines[-1].get_ydata(), BINS.found)
    assert [bar.get_height() for bar in strip.patches] == [500, 2000, 0]
    assert strip.get_xlabel() == "Crack width (mm)"
    figure.savefig(io.BytesIO(), format="png")
    figure.draw_without_rendering()
    legend = figure.legends[0].get_window_extent()
    assert not any(legend.overlaps(one.get_tightbbox()) for one in figure.axes)


def test_a_curve_that_never_reaches_ninety_percent_has_no_marks():
    curve = DetectionCurve(WIDTH, [0.1, 0.2, 0.3], [0, 0.1, 0.2], [0.2, 0.3, 0.4])
    figure = draw_detection(BINS, curve, width_unit="px", count_label="Crack, px", title="Test")
    assert names_of(figure) == ["its 95 % band", "fit to pieces", *MEASURED]


def test_points_are_drawn_without_a_fit():
    figure = draw_detection(BINS, None, width_unit="px", count_label="Crack, px", title="Test")
    assert names_of(figure) == MEASURED


def test_a_curve_of_length_stands_beside_and_one_without_bounds_has_no_band():
    curve = DetectionCurve(WIDTH, [0.1, 0.9, 1], a90=4.0, length=[0.2, 0.7, 0.9])
    figure = draw_detection(BINS, curve, width_unit="px", count_label="Crack, px", title="Test")
    assert names_of(figure) == ["fit to pieces", "fit to length", "a90 = 4 px", *MEASURED]
