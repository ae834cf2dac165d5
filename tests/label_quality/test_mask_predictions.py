import cv2
import numpy as np
import pandas as pd
import pytest
from benchmarks.fault_planting import erase_half

from crack_pipeline.errors import ShapeError
from crack_pipeline.label_quality.scores import (
    measure_prediction,
    score_mask_predictions,
)


def _predict(mask: np.ndarray, seed: int) -> np.ndarray:
    """A prediction that a network might make: blurred, not quite sure, a little noisy."""
    rng = np.random.default_rng(seed)
    blurred = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.5)
    return np.clip(blurred * 0.95 + rng.uniform(0, 0.05, mask.shape), 0, 1).astype(np.float32)


@pytest.fixture
def pairs(draw_pair):
    masks = [draw_pair(seed)[1] for seed in range(20)]
    return [(_predict(mask, seed), mask) for seed, mask in enumerate(masks)]


def _score(pairs):
    return score_mask_predictions(pd.DataFrame([measure_prediction(*pair) for pair in pairs]))


def test_agreement_misses_nothing(pairs):
    features = measure_prediction(*pairs[0])
    assert features.missed_share == features.unseen_share == 0
    assert features.overlap > 0.9
    assert features.cleanlab > 0.5


def test_a_crack_erased_by_half_comes_first_as_missed(pairs):
    probability, mask = pairs[4]
    pairs[4] = (probability, erase_half(mask, np.random.default_rng(0)))
    scored = _score(pairs)
    assert scored["score"].idxmax() == 4
    assert scored.loc[4, "check"] == "missed"
    assert "not masked" in scored.loc[4, "reason"]


def test_a_mask_of_nothing_comes_first_as_unseen(pairs):
    pairs[6] = (np.zeros_like(pairs[6][0]), pairs[6][1])
    scored = _score(pairs)
    assert scored["score"].idxmax() == 6
    assert scored.loc[6, "check"] == "unseen"


def test_both_empty_is_perfect():
    nothing = np.zeros((40, 50), np.uint8)
    features = measure_prediction(nothing.astype(np.float32), nothing)
    assert (features.overlap, features.missed_share, features.unseen_share) == (1, 0, 0)


def test_sizes_must_agree():
    with pytest.raises(ShapeError, match="size of its mask"):
        measure_prediction(np.zeros((4, 5), np.float32), np.zeros((5, 4), np.uint8))


def test_large_maps_are_shrunken_for_cleanlab(pairs):
    probability, mask = pairs[0]
    large = cv2.resize(probability, None, fx=4, fy=4, interpolation=cv2.INTER_LINEAR)
    large_mask = cv2.resize(mask, None, fx=4, fy=4, interpolation=cv2.INTER_NEAREST)
    small = measure_prediction(probability, mask).cleanlab
    assert measure_prediction(large, large_mask).cleanlab == pytest.approx(small, abs=0.1)
