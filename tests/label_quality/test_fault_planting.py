import numpy as np
import pytest
from benchmarks.fault_planting import (
    FAULTS,
    choose_pairs,
    dilate_mask,
    erase_half,
    measure_found_share,
    plant_faults,
    shift_mask,
)

from crack_pipeline.errors import ParameterError


def _dot(size_px: int = 41) -> np.ndarray:
    mask = np.zeros((size_px, size_px), np.uint8)
    mask[size_px // 2, size_px // 2] = 1
    return mask


def test_three_percent_are_chosen_by_the_seed():
    chosen = choose_pairs(300, seed=4)
    assert chosen.size == 9
    assert (np.diff(chosen) > 0).all()
    assert choose_pairs(300, seed=4).tolist() == chosen.tolist()
    assert choose_pairs(300, seed=5).tolist() != chosen.tolist()
    assert choose_pairs(10, seed=0).size == 2
    with pytest.raises(ParameterError, match="at least 2"):
        choose_pairs(1, seed=0)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("length_px", [3, 6, 15])
def test_a_shift_has_its_length(length_px, seed):
    moved = shift_mask(_dot(), np.random.default_rng(seed), length_px=length_px)
    (row,), (column,) = np.nonzero(moved)
    assert np.hypot(row - 20, column - 20) == pytest.approx(length_px, abs=0.71)


def test_dilation_is_a_disc():
    rows, columns = np.mgrid[-20:21, -20:21]
    expected = np.hypot(rows, columns) <= 3
    np.testing.assert_array_equal(dilate_mask(_dot()), expected)
    assert not dilate_mask(np.zeros((5, 5), np.uint8)).any()


def test_half_of_the_crack_goes_and_nothing_comes():
    mask = np.zeros((50, 80), np.uint8)
    mask[20:24, 5:75] = 1
    half = erase_half(mask, np.random.default_rng(0))
    assert 0.4 <= half.sum() / mask.sum() <= 0.6
    assert not (half & ~mask & 1).any()
    assert not erase_half(np.zeros((5, 5), np.uint8), np.random.default_rng(0)).any()


def test_swapped_masks_all_move_and_fit_their_new_photos():
    masks = [np.full((4 + n, 6), n % 2, np.uint8) for n in range(3)]
    swapped = plant_faults("swapped", masks, seed=0)
    assert [mask.shape for mask in swapped] == [mask.shape for mask in masks]
    assert [int(mask[0, 0]) for mask in swapped] == [1, 0, 0]


@pytest.mark.parametrize("kind", FAULTS)
def test_faults_are_the_same_for_the_same_seed(kind, draw_pair):
    _, mask = draw_pair(1)
    first, second = (plant_faults(kind, [mask], seed=3)[0] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert first.dtype == np.uint8
    assert set(np.unique(first)) <= {0, 1}
    assert (first != mask).any()


def test_an_unknown_kind_is_refused():
    with pytest.raises(ParameterError, match="Did you mean inverted"):
        plant_faults("invertd", [_dot()], seed=0)


def test_the_found_share_counts_the_first_tenth():
    scores = np.linspace(1, 0, 40)
    assert measure_found_share(scores, [0, 3, 4, 39]) == 0.5
    assert measure_found_share(np.zeros(40), [0, 39]) == 0.5
