import numpy as np
import pandas as pd
import pytest
from benchmarks.fault_planting import FAULTS, plant_faults

from crack_pipeline.label_quality.pair_features import measure_pair
from crack_pipeline.label_quality.scores import score_pairs

N_PAIRS = 24


@pytest.fixture
def pairs(draw_pair):
    return [draw_pair(seed, line_px=5 + seed % 5) for seed in range(N_PAIRS)]


def _score(pairs):
    return score_pairs(pd.DataFrame([measure_pair(*pair) for pair in pairs]))


@pytest.mark.parametrize(
    ("kind", "check", "reason"),
    [
        ("inverted", "share", "as if crack and background were exchanged"),
        ("shifted_15px", "shifted", "fits better shifted by"),
        ("shifted_6px", "shifted", "fits better shifted by"),
        ("shifted_3px", "shifted", "fits better shifted by"),
        ("dilated_3px", "too_wide", "px inside"),
        ("half_erased", "unmasked_line", "a dark line that spans"),
    ],
)
def test_each_fault_comes_first_and_is_named(pairs, kind, check, reason):
    grey, mask = pairs[7]
    spoilt = list(pairs)
    # This seed shifts across the line; along a straight line nobody could tell.
    spoilt[7] = (grey, plant_faults(kind, [mask], seed=0)[0])
    scored = _score(spoilt)
    assert scored["score"].idxmax() == 7
    assert scored.loc[7, "score"] > 0.5
    assert scored.loc[7, "check"] == check
    assert reason in scored.loc[7, "reason"]
    assert set(FAULTS) >= {kind}


def test_swapped_masks_come_first(pairs):
    spoilt = list(pairs)
    spoilt[3], spoilt[9] = (pairs[3][0], pairs[9][1]), (pairs[9][0], pairs[3][1])
    scored = _score(spoilt)
    assert set(scored["score"].nlargest(2).index) == {3, 9}


def test_a_mask_on_bright_pixels_says_so(pairs):
    spoilt = list(pairs)
    spoilt[5] = (255 - pairs[5][0], pairs[5][1])
    scored = _score(spoilt)
    assert scored["score"].idxmax() == 5


def test_an_empty_mask_over_a_crack_comes_first_and_one_over_none_does_not(pairs):
    spoilt = list(pairs)
    clean = np.random.default_rng(0).normal(150, 6, (240, 320)).astype(np.uint8)
    spoilt[2] = (pairs[2][0], np.zeros_like(pairs[2][1]))
    spoilt[4] = (clean, np.zeros_like(pairs[4][1]))
    scored = _score(spoilt)
    assert scored["score"].idxmax() == 2
    assert scored.loc[2, "check"] == "unmasked_line"
    assert scored.loc[4, "score"] < 0.3


def test_good_pairs_score_low(pairs):
    assert (_score(pairs)["score"] < 0.5).mean() > 0.9


def test_one_pair_alone_is_neither_good_nor_bad(pairs):
    scored = _score(pairs[:1])
    assert scored["score"].tolist() == [0]
    assert scored["reason"].tolist() == [""]
