import time

import numpy as np
import pytest

from crack_pipeline.splits import duplicates
from crack_pipeline.splits.duplicates import find_near_duplicates
from crack_pipeline.splits.hashing import hash_thumbnail
from crack_pipeline.splits.settings import DuplicateSettings

SETTINGS = DuplicateSettings()


def surfaces(n_photos: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (n_photos, 64, 64), dtype=np.uint8)


def hashes_of(thumbnails) -> list[str]:
    return [hash_thumbnail(thumbnail) for thumbnail in thumbnails]


def flip_bits(code: str, bits) -> str:
    return f"{int(code, 16) ^ sum(1 << bit for bit in bits):016x}"


def test_recompressed_copies_are_found_and_nothing_else():
    thumbnails = surfaces(30)
    noise = np.random.default_rng(1).integers(-3, 4, (64, 64))
    thumbnails[17] = np.clip(thumbnails[4] + noise, 0, 255)
    assert find_near_duplicates(hashes_of(thumbnails), thumbnails, SETTINGS).tolist() == [[4, 17]]


@pytest.mark.parametrize("bits", [(), (0,), (0, 21, 42, 63), (5, 6, 7, 8)])
def test_hashes_within_the_distance_are_candidates(bits):
    thumbnails = np.repeat(surfaces(1), 2, axis=0)
    hashes = ["0123456789abcdef", flip_bits("0123456789abcdef", bits)]
    assert find_near_duplicates(hashes, thumbnails, SETTINGS).tolist() == [[0, 1]]


def test_hashes_beyond_the_distance_are_not():
    thumbnails = np.repeat(surfaces(1), 2, axis=0)
    hashes = ["0123456789abcdef", flip_bits("0123456789abcdef", (0, 13, 26, 39, 52))]
    assert len(find_near_duplicates(hashes, thumbnails, SETTINGS)) == 0


def test_equal_hashes_of_other_contents_are_refused():
    assert len(find_near_duplicates(["00000000ffffffff"] * 20, surfaces(20), SETTINGS)) == 0


def test_candidates_are_those_of_a_full_comparison():
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 2**63, 40, dtype=np.uint64)
    flipped = [np.uint64(1) << np.uint64(bit) for bit in rng.integers(0, 63, 400)]
    codes = np.concatenate(
        [
            codes,
            [rng.choice(codes) ^ a ^ b for a, b in zip(flipped[::2], flipped[1::2], strict=True)],
        ]
    )
    near = np.bitwise_count(codes[:, None] ^ codes[None, :]) <= 4
    expected = {(int(a), int(b)) for a, b in np.argwhere(np.triu(near, 1))}
    assert set(duplicates._candidates(codes, 4)) == expected


def test_many_copies_cost_no_more_than_their_number(monkeypatch):
    calls = []
    compare = duplicates.correlate_aligned
    monkeypatch.setattr(
        duplicates, "correlate_aligned", lambda *pair: calls.append(1) or compare(*pair)
    )
    thumbnails = np.repeat(surfaces(1), 200, axis=0)
    pairs = find_near_duplicates(hashes_of(thumbnails), thumbnails, SETTINGS)
    assert len(pairs) == 199
    assert len(calls) == 199


def test_no_photos_have_no_duplicates():
    assert find_near_duplicates([], np.empty((0, 64, 64), np.uint8), SETTINGS).shape == (0, 2)


def test_unrelated_hashes_are_sorted_out_without_comparing_all():
    codes = np.random.default_rng(0).integers(0, 2**63, 20_000, dtype=np.uint64)
    started = time.perf_counter()
    assert list(duplicates._candidates(codes, 4)) == []
    assert time.perf_counter() - started < 5
