"""What is reported of a probability of detection."""

import numpy as np
from tests.metrics.test_detection import photos_by_chance

from crack_pipeline.metrics.detection import DetectionCurve, fit_detection


def _curve(n_photos: int) -> DetectionCurve:
    photos = photos_by_chance(n_photos)
    return fit_detection(photos, [str(n) for n in range(n_photos)], resamples=20)


def test_the_curve_passes_through_its_90_percent_point():
    curve = _curve(30)
    assert np.isclose(curve.probability(np.array([curve.a90_px]))[0], 0.9)
    assert np.all(np.diff(curve.probability(np.arange(1.0, 9.0))) > 0)


def test_without_a_fit_there_is_no_probability():
    assert np.isnan(_curve(1).probability(np.array([1.0, 2.0]))).all()
