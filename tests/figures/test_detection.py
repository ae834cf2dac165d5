import io

import numpy as np

from crack_pipeline.figures.detection import draw_detection
from crack_pipeline.metrics.detection import DetectionCurve, WidthBin, fit_detection
from crack_pipeline.metrics.width_fit import BandPoint, FittedShare

BINS = (WidthBin(0, 1, 500, 0.4, 10, 3), WidthBin(2, 3, 2000, 0.7, 5, 4))
MEASURED = ["pieces detected", "length found"]


def make_curve(*, is_fitted=True, length_slope=None, band=(), a90=None, a90_95=None):
    fit = FittedShare(
        intercept=-1.0 if is_fitted else None,
        slope=2.0 if is_fitted else None,
        w90_px=a90,
        bound_px=a90_95,
    )
    return DetectionCurve(
        fit=fit,
        length=FittedShare(intercept=0.0, slope=length_slope),
        units=15,
        detected=7,
        wider_units=0,
        wider_detected=0,
        groups=3,
        narrowest_px=1.0,
        widest_px=8.0,
        by_width=BINS,
        band=band,
        mm_per_px=None,
    )


def names_of(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_shows_points_by_bin_fit_and_both_marks():
    band = (BandPoint(1.0, 0.2, 0.4), BandPoint(8.0, 0.9, 1.0))
    figure = draw_detection(make_curve(band=band, a90=4.0, a90_95=5.25), title="Test")
    axes, strip = figure.axes
    marks = ["its 95 % band", "fit to pieces", "a90 = 4 px", "a90/95 = 5.25 px"]
    assert names_of(figure) == [*marks, *MEASURED]
    np.testing.assert_array_equal(axes.lines[1].get_xdata(), [1, 8])
    np.testing.assert_array_equal(axes.lines[-2].get_xdata(), [0.5, 1.5, 2.5])
    np.testing.assert_array_equal(axes.lines[-2].get_ydata(), [0.3, np.nan, 0.8])
    np.testing.assert_array_equal(axes.lines[-1].get_ydata(), [0.4, np.nan, 0.7])
    assert [bar.get_height() for bar in strip.patches] == [500, 0, 2000]
    assert strip.get_xlabel() == "Crack width (px)"
    figure.savefig(io.BytesIO(), format="png")
    figure.draw_without_rendering()
    legend = figure.legends[0].get_window_extent()
    assert not any(legend.overlaps(one.get_tightbbox()) for one in figure.axes)


def test_a_curve_that_never_reaches_ninety_percent_has_no_marks():
    band = (BandPoint(1.0, 0.0, 0.2), BandPoint(8.0, 0.2, 0.4))
    assert names_of(draw_detection(make_curve(band=band), title="Test")) == [
        "its 95 % band",
        "fit to pieces",
        *MEASURED,
    ]


def test_points_are_drawn_without_a_fit():
    figure = draw_detection(make_curve(is_fitted=False, length_slope=1.0), title="Test")
    assert names_of(figure) == MEASURED


def test_a_curve_of_length_stands_beside_and_one_without_bounds_has_no_band():
    figure = draw_detection(make_curve(length_slope=1.0, a90=4.0), title="Test")
    assert names_of(figure) == ["fit to pieces", "fit to length", "a90 = 4 px", *MEASURED]


def test_nothing_is_drawn_without_crack():
    assert draw_detection(fit_detection([], [], resamples=1), title="Test") is None
