import numpy as np
import pytest

from crack_pipeline.splits.code_index import certain_bands, even_bands, match_codes


def related_codes(seed: int, n_codes: int, n_flipped: int) -> np.ndarray:
    """Random codes, and copies of them with some bits flipped."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 2**64, n_codes, dtype=np.uint64)
    changes = [
        np.bitwise_or.reduce(np.uint64(1) << rng.choice(64, n_flipped, replace=False).astype("u8"))
        for _ in range(n_codes)
    ]
    return np.concatenate([codes, codes ^ np.array(changes, np.uint64)])


def pairs_of_all(codes: np.ndarray, max_distance: int) -> list[list[int]]:
    near = np.bitwise_count(codes[:, None] ^ codes[None, :]) <= max_distance
    return np.argwhere(np.triu(near, 1)).tolist()


@pytest.mark.parametrize("max_distance", [0, 1, 4, 7])
def test_certain_bands_find_what_a_full_comparison_finds(max_distance):
    codes = related_codes(max_distance, 60, max_distance)
    owners = np.arange(len(codes))
    bands = certain_bands(max_distance)
    found = match_codes(codes, owners, bands=bands, max_distance=max_distance, reach=200)
    assert found.tolist() == pairs_of_all(codes, max_distance)
    assert len(found) >= 60


def test_codes_of_one_photo_are_no_pair():
    codes = np.array([5, 5, 5], np.uint64)
    found = match_codes(codes, np.array([0, 0, 1]), bands=certain_bands(0), max_distance=0, reach=9)
    assert found.tolist() == [[0, 2], [1, 2]]


def test_a_thousand_equal_codes_cost_no_more_than_their_neighbours():
    codes = np.zeros(1000, np.uint64)
    found = match_codes(
        codes, np.arange(1000), bands=even_bands(band_bits=20, n_bands=5), max_distance=4, reach=8
    )
    assert len(found) == sum(1000 - offset for offset in range(1, 9))


def test_even_bands_reach_both_ends():
    assert even_bands(band_bits=20, n_bands=3) == [[(0, 20)], [(22, 42)], [(44, 64)]]


@pytest.mark.parametrize("band", [[(0, 64)], [(10, 30)], [(50, 64), (0, 10)]])
def test_what_agrees_in_the_band_is_found_whatever_else_differs(band):
    rng = np.random.default_rng(0)
    inside = np.uint64(sum(1 << (63 - bit) for start, stop in band for bit in range(start, stop)))
    code, other = rng.integers(0, 2**64, 2, dtype=np.uint64)
    codes = np.array([code, (code & inside) | (other & ~inside), ~code], np.uint64)
    found = match_codes(codes, np.arange(3), bands=[band], max_distance=64, reach=5)
    assert found.tolist() == [[0, 1]]


def test_no_codes_have_no_pairs():
    nothing = np.empty(0, np.uint64)
    owners = np.empty(0, np.int64)
    found = match_codes(nothing, owners, bands=certain_bands(4), max_distance=4, reach=5)
    assert found.shape == (0, 2)
