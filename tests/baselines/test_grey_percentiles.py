import numpy as np
import pytest

from crack_pipeline.baselines.grey_percentiles import (
    fit_percentile_classifier,
    measure_percentiles,
    predict_percentile_classifier,
)


def test_percentiles_of_a_ramp():
    ramp = np.repeat(np.arange(101, dtype=np.uint8).reshape(1, 101, 1), 3, axis=2)
    assert measure_percentiles(ramp, [0, 25, 100]) * 255 == pytest.approx([0, 25, 100])


def test_dark_photos_are_told_from_bright_ones_the_same_way_each_time():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 60)
    features = 0.6 - 0.3 * labels[:, None] + rng.normal(0, 0.02, (60, 5))
    first, second = (
        predict_percentile_classifier(fit_percentile_classifier(features, labels), features)
        for _ in range(2)
    )
    assert ((first > 0.5) == labels).all()
    assert (first == second).all()
