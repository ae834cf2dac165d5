import numpy as np
import pytest

from crack_pipeline.baselines.grey_percentiles import classify_by_levels, measure_percentiles


def test_percentiles_of_a_ramp():
    ramp = np.repeat(np.arange(101, dtype=np.uint8).reshape(1, 101, 1), 3, axis=2)
    assert measure_percentiles(ramp, [0, 25, 100]) * 255 == pytest.approx([0, 25, 100])


def test_dark_photos_are_told_from_bright_ones_the_same_way_each_time():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 60)
    features = 0.6 - 0.3 * labels[:, None] + rng.normal(0, 0.02, (60, 5))
    splits = ("train", "validation", "test")
    first, second = (
        classify_by_levels(dict.fromkeys(splits, features), dict.fromkeys(splits, labels))
        for _ in range(2)
    )
    assert ((first.test >= first.threshold) == labels).all()
    assert (first.test == second.test).all()


def test_without_validation_photos_the_threshold_is_a_half():
    features = {"train": [[0.9], [0.1]], "validation": [], "test": [[0.2]]}
    scores = classify_by_levels(features, {"train": [0, 1], "validation": [], "test": [1]})
    assert scores.threshold == 0.5
    assert scores.validation.size == 0
    assert scores.test[0] > 0.5
