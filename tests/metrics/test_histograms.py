import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.ndimage import distance_transform_edt
from sklearn.metrics import f1_score, jaccard_score

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.measure.geometry import draw_disc
from crack_pipeline.metrics import rates
from crack_pipeline.metrics.histograms import (
    THRESHOLDS,
    ProbabilityHistograms,
    best_f1,
    grid_index,
    measure_histograms,
    quantize_probabilities,
)
from crack_pipeline.metrics.rates import count_confusion, miou_with_background

probability_maps = hnp.arrays(
    np.float32, (9, 12), elements=st.floats(0, 1, width=32) | st.sampled_from(list(THRESHOLDS))
)
masks = hnp.arrays(np.uint8, (9, 12), elements=st.integers(0, 1))


def share_within(of: np.ndarray, other: np.ndarray, tolerance_px: float) -> float:
    """The slow way: look at every pixel of the other mask for every pixel of this one."""
    pixels, others = np.argwhere(of), np.argwhere(other)
    if len(pixels) == 0:
        return 1.0 if len(others) == 0 else 0.0
    near = [
        any(np.hypot(*(pixel - candidate)) <= tolerance_px for candidate in others)
        for pixel in pixels
    ]
    return float(np.mean(near))


def share_by_distance_transform(of: np.ndarray, other: np.ndarray, tolerance_px: float) -> float:
    distance_px = distance_transform_edt(other == 0)
    return float((distance_px[of > 0] <= tolerance_px).mean())


@given(values=hnp.arrays(np.float32, 20, elements=st.floats(0, 1, width=32)))
def test_levels_tell_exactly_which_thresholds_are_reached(values):
    levels = quantize_probabilities(values)
    assert ((levels[:, None] >= np.arange(101)) == (values[:, None] >= THRESHOLDS)).all()


def test_levels_of_the_thresholds_themselves():
    assert quantize_probabilities(THRESHOLDS).tolist() == list(range(101))


@pytest.mark.parametrize("wrong", [-0.1, 1.1, 255.0, float("nan")])
def test_refuses_what_is_no_probability(wrong):
    with pytest.raises(ParameterError, match="divide maps scaled 0–255"):
        quantize_probabilities(np.array([0.5, wrong], np.float32))


@given(probability=probability_maps, truth=masks)
def test_counts_at_each_threshold_are_those_of_the_thresholded_map(probability, truth):
    counts = measure_histograms(probability, truth, tolerance_px=2).counts()
    for k in (0, 1, 37, 50, 99, 100):
        expected = count_confusion(truth, probability >= THRESHOLDS[k])
        assert counts.true_positive[k] == expected.true_positive
        assert counts.false_positive[k] == expected.false_positive
        assert counts.false_negative[k] == expected.false_negative
        assert counts.true_negative[k] == expected.true_negative


@settings(max_examples=40)
@given(probability=probability_maps, truth=masks, tolerance_px=st.sampled_from([0, 1, 1.5, 2, 3]))
def test_tolerance_agrees_with_a_slow_loop(probability, truth, tolerance_px):
    histograms = measure_histograms(probability, truth, tolerance_px=tolerance_px)
    for k in (10, 50, 90):
        predicted = probability >= THRESHOLDS[k]
        precision = share_within(predicted, truth, tolerance_px)
        recall = share_within(truth, predicted, tolerance_px)
        assert histograms.tolerant.precision()[k] == pytest.approx(precision)
        assert histograms.tolerant.recall()[k] == pytest.approx(recall)


def test_tolerance_agrees_with_the_distance_transform():
    rng = np.random.default_rng(3)
    probability = rng.random((80, 90)).astype(np.float32) ** 8
    truth = (rng.random((80, 90)) > 0.97).astype(np.uint8)
    histograms = measure_histograms(probability, truth, tolerance_px=5)
    predicted = probability >= THRESHOLDS[60]
    precision = share_by_distance_transform(predicted, truth, 5)
    recall = share_by_distance_transform(truth, predicted, 5)
    assert histograms.tolerant.precision()[60] == pytest.approx(precision)
    assert histograms.tolerant.recall()[60] == pytest.approx(recall)
    assert histograms.tolerant.f1()[60] == pytest.approx(
        2 * precision * recall / (precision + recall)
    )


def test_without_tolerance_the_rates_are_the_exact_ones():
    rng = np.random.default_rng(4)
    probability = rng.random((30, 30)).astype(np.float32)
    truth = (rng.random((30, 30)) > 0.8).astype(np.uint8)
    histograms = measure_histograms(probability, truth, tolerance_px=0)
    assert histograms.tolerant.f1() == pytest.approx(rates.f1(histograms.counts()))


def test_a_line_drawn_two_pixels_aside_is_right_with_two_pixels_of_tolerance():
    truth = np.zeros((20, 20), np.uint8)
    truth[10] = 1
    aside = np.zeros((20, 20), np.float32)
    aside[12] = 0.8
    assert measure_histograms(aside, truth, tolerance_px=2).tolerant.f1()[50] == 1.0
    assert measure_histograms(aside, truth, tolerance_px=1).tolerant.f1()[50] == 0.0
    assert measure_histograms(aside, truth, tolerance_px=2).tolerant.f1()[81] == 0.0


@pytest.mark.parametrize(
    ("truth_value", "probability_value", "expected"), [(0, 0.0, 1.0), (0, 0.9, 0.0), (1, 0.0, 0.0)]
)
def test_tolerant_f1_of_empty_masks(truth_value, probability_value, expected):
    truth = np.full((4, 4), truth_value, np.uint8)
    probability = np.full((4, 4), probability_value, np.float32)
    assert measure_histograms(probability, truth, tolerance_px=2).tolerant.f1()[50] == expected


def test_stacked_photos_pool_to_the_counts_of_one_large_photo():
    rng = np.random.default_rng(5)
    probability = rng.random((2, 8, 8)).astype(np.float32)
    truth = (rng.random((2, 8, 8)) > 0.5).astype(np.uint8)
    photos = [
        measure_histograms(p, t, tolerance_px=0) for p, t in zip(probability, truth, strict=True)
    ]
    pooled = ProbabilityHistograms.stack(photos).pooled().counts()
    whole = measure_histograms(np.vstack(probability), np.vstack(truth), tolerance_px=0).counts()
    assert pooled.true_positive.tolist() == whole.true_positive.tolist()
    assert pooled.true_negative.tolist() == whole.true_negative.tolist()


def test_refuses_maps_that_do_not_fit():
    with pytest.raises(ShapeError, match="same shape"):
        measure_histograms(np.zeros((4, 4), np.float32), np.zeros((4, 5), np.uint8), tolerance_px=2)
    with pytest.raises(ShapeError, match="two dimensions"):
        measure_histograms(
            np.zeros((4, 4, 1), np.float32), np.zeros((4, 4, 1), np.uint8), tolerance_px=2
        )
    with pytest.raises(ParameterError, match="at least 0"):
        draw_disc(-1)


@pytest.mark.parametrize("threshold", [0.505, -0.1, 1.2, float("nan")])
def test_refuses_thresholds_off_the_grid(threshold):
    with pytest.raises(ParameterError, match=r"0\.00, 0\.01"):
        grid_index(threshold)


def test_finds_thresholds_on_the_grid():
    assert [grid_index(k / 100) for k in range(101)] == list(range(101))


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
