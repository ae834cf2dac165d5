"""ODS and OIS of small photos, and against scikit-learn at each threshold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import distance_transform_edt
from sklearn.metrics import f1_score, jaccard_score

from crack_pipeline.metrics.histograms import (
    THRESHOLDS,
    ProbabilityHistograms,
    best_f1,
    measure_histograms,
)
from crack_pipeline.metrics.rates import count_confusion, miou_with_background

Photo = tuple[np.ndarray, np.ndarray]


def _stack(photos: list[Photo], *, tolerance_px: int = 2) -> ProbabilityHistograms:
    return ProbabilityHistograms.stack(
        [
            measure_histograms(
                np.asarray(probability, np.float32),
                np.asarray(truth, np.uint8),
                tolerance_px=tolerance_px,
            )
            for probability, truth in photos
        ]
    )


def _random_photos(seed: int) -> list[Photo]:
    rng = np.random.default_rng(seed)
    return [
        (rng.random((9, 11)).astype(np.float32), (rng.random((9, 11)) < share).astype(np.uint8))
        for share in (0.05, 0.3, 0.6)
    ]


def test_photos_that_need_other_thresholds():
    # at ≤ .2 the first photo has 2 false of 4: F1 2/3, and the second is found whole;
    # between, the first is right and of the second nothing is found.
    first = (np.array([[0.9, 0.9, 0.2, 0.2]]), np.array([[1, 1, 0, 0]]))
    second = (np.array([[0.2, 0.2, 0.0, 0.0]]), np.array([[1, 1, 0, 0]]))
    photos = _stack([first, second])
    assert best_f1(photos).tolist() == [1.0, 1.0]
    assert best_f1(photos.pooled()) == pytest.approx(2 * 4 / (2 * 4 + 2))


def test_only_99_thresholds_count():
    # a pixel of probability 0 is predicted at threshold 0.00 alone, which is not among them
    photo = (np.array([[0.0, 0.0]]), np.array([[1, 1]]))
    assert best_f1(_stack([photo]).pooled()) == 0.0


def test_photos_without_crack():
    left_alone = (np.full((4, 4), 0.3), np.zeros((4, 4)))
    never_left_alone = (np.full((4, 4), 1.0), np.zeros((4, 4)))
    assert best_f1(_stack([left_alone]).pooled()) == 1.0
    assert best_f1(_stack([left_alone, never_left_alone])).mean() == 0.5


def test_full_and_one_pixel_masks():
    full = (np.ones((4, 4)), np.ones((4, 4)))
    assert best_f1(_stack([full]).pooled()) == 1.0
    one = (np.array([[0.4]]), np.array([[1]]))
    assert best_f1(_stack([one])).mean() == 1.0


def test_tolerance_forgives_a_shift():
    truth = np.zeros((9, 9))
    truth[4] = 1
    photos = _stack([(np.roll(truth, 2, axis=0), truth)])
    for histograms in (photos, photos.pooled()):
        assert best_f1(histograms) == 0.0
        assert best_f1(histograms, with_tolerance=True) == 1.0


@settings(max_examples=5)
@given(st.integers(0, 2**32 - 1))
def test_agrees_with_scikit_learn_at_each_threshold(seed):
    photos = _random_photos(seed)
    of_all, of_each = [], []
    for threshold in THRESHOLDS[1:100]:
        pairs = [(truth.ravel(), (p >= threshold).ravel()) for p, truth in photos]
        of_each.append([f1_score(truth, mask, zero_division=1.0) for truth, mask in pairs])
        joined = [np.concatenate(side) for side in zip(*pairs, strict=True)]
        of_all.append(f1_score(*joined, zero_division=1.0))
    histograms = _stack(photos)
    assert best_f1(histograms.pooled()) == pytest.approx(max(of_all))
    assert best_f1(histograms) == pytest.approx(np.max(of_each, axis=0))


@given(st.integers(0, 2**32 - 1))
def test_tolerant_values_agree_with_distances_at_each_threshold(seed):
    probability, truth = _random_photos(seed)[1]
    best = 0.0
    for threshold in THRESHOLDS[1:100]:
        mask = probability >= threshold
        if mask.any() and truth.any():
            precision = (distance_transform_edt(truth == 0)[mask] <= 2).mean()
            recall = (distance_transform_edt(~mask)[truth > 0] <= 2).mean()
            best = max(best, 2 * precision * recall / max(precision + recall, 1e-9))
    photos = _stack([(probability, truth)])
    assert best_f1(photos.pooled(), with_tolerance=True) == pytest.approx(best)


@given(st.integers(0, 2**32 - 1))
def test_miou_agrees_with_scikit_learn(seed):
    probability, truth = _random_photos(seed)[1]
    mask = (probability >= 0.5).astype(np.uint8)
    expected = jaccard_score(truth.ravel(), mask.ravel(), average="macro", zero_division=1.0)
    assert miou_with_background(count_confusion(truth, mask)) == pytest.approx(expected)


def test_miou_of_nothing_found_is_nearly_a_half():
    truth = np.zeros((10, 10))
    truth[0, :2] = 1
    assert miou_with_background(count_confusion(truth, np.zeros((10, 10)))) == 0.49
    empty = np.zeros((10, 10))
    assert miou_with_background(count_confusion(empty, empty)) == 1.0
