import numpy as np
import pytest

from crack_pipeline.baselines.percentiles import (
    classify_by_levels,
    measure_border_percentiles,
    measure_percentiles,
)
from crack_pipeline.errors import ParameterError


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


def test_what_lies_inside_the_frame_is_not_seen():
    image = np.full((12, 16, 3), 51, np.uint8)
    blank = measure_border_percentiles(image, [0, 50, 100], border_px=2)
    image[2:-2, 2:-2] = 255
    assert blank.tolist() == measure_border_percentiles(image, [0, 50, 100], border_px=2).tolist()
    assert blank.tolist() == pytest.approx([0.2, 0.2, 0.2])
    image[:, -1] = 0
    assert measure_border_percentiles(image, [0, 100], border_px=2).tolist() == pytest.approx(
        [0, 0.2]
    )


@pytest.mark.parametrize("border_px", [0, 6, 40])
def test_a_frame_without_an_inside_is_refused(border_px):
    with pytest.raises(ParameterError, match="16×12 px"):
        measure_border_percentiles(np.zeros((12, 16, 3), np.uint8), [50], border_px=border_px)
