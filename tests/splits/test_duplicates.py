import numpy as np
import pytest

from crack_pipeline.splits import duplicates
from crack_pipeline.splits.duplicates import PosedHashes, link_near_duplicates
from crack_pipeline.splits.hashing import hash_thumbnail
from crack_pipeline.splits.settings import DuplicateSettings
from crack_pipeline.splits.symmetries import INVERSES, apply_symmetry

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
    assert link_near_duplicates(hashes_of(thumbnails), thumbnails, SETTINGS).pairs.tolist() == [
        [4, 17]
    ]


@pytest.mark.parametrize("bits", [(), (0,), (0, 21, 42, 63), (5, 6, 7, 8)])
def test_hashes_within_the_distance_are_candidates(bits):
    thumbnails = np.repeat(surfaces(1), 2, axis=0)
    hashes = ["0123456789abcdef", flip_bits("0123456789abcdef", bits)]
    assert link_near_duplicates(hashes, thumbnails, SETTINGS).pairs.tolist() == [[0, 1]]


def test_hashes_beyond_the_distance_are_not():
    thumbnails = np.repeat(surfaces(1), 2, axis=0)
    hashes = ["0123456789abcdef", flip_bits("0123456789abcdef", (0, 13, 26, 39, 52))]
    assert len(link_near_duplicates(hashes, thumbnails, SETTINGS).pairs) == 0


def test_equal_hashes_of_other_contents_are_refused():
    assert len(link_near_duplicates(["00000000ffffffff"] * 20, surfaces(20), SETTINGS).pairs) == 0


@pytest.mark.parametrize("symmetry", range(8))
def test_flipped_copies_are_found_with_their_symmetry(symmetry):
    thumbnails = surfaces(20)
    noise = np.random.default_rng(1).integers(-3, 4, (64, 64))
    flipped = apply_symmetry(thumbnails[4], symmetry)
    thumbnails[17] = np.clip(flipped + noise, 0, 255)
    found = link_near_duplicates(hashes_of(thumbnails), thumbnails, SETTINGS)
    assert found.pairs.tolist() == [[4, 17]]
    assert found.symmetries.tolist() == [INVERSES[symmetry]]
    assert found.is_flipped.tolist() == [symmetry != 0]


def test_flips_can_be_left_out():
    thumbnails = surfaces(5)
    thumbnails[3] = thumbnails[1][::-1]
    settings = DuplicateSettings(flips=False)
    assert len(link_near_duplicates(hashes_of(thumbnails), thumbnails, settings).pairs) == 0


def test_hashes_that_agree_when_flipped_prove_nothing(monkeypatch):
    equal = PosedHashes(np.zeros(20, np.uint64), np.arange(20), np.arange(20, dtype=np.uint8) % 8)
    monkeypatch.setattr(duplicates, "hash_in_pose", lambda _: equal)
    thumbnails = surfaces(20)
    assert len(link_near_duplicates(hashes_of(thumbnails), thumbnails, SETTINGS).pairs) == 0


@pytest.mark.parametrize("flips", [False, True])
def test_many_copies_cost_no_more_than_their_number(monkeypatch, flips):
    compared = []
    compare = duplicates.correlate_pairs
    monkeypatch.setattr(
        duplicates,
        "correlate_pairs",
        lambda thumbnails, pairs, enough: (
            compared.append(len(pairs)) or compare(thumbnails, pairs, enough=enough)
        ),
    )
    thumbnails = np.repeat(surfaces(1), 200, axis=0)
    settings = DuplicateSettings(flips=flips)
    assert len(link_near_duplicates(hashes_of(thumbnails), thumbnails, settings).pairs) == 199
    assert sum(compared) == 199


def test_photos_of_one_look_are_compared_with_few_others_each(monkeypatch):
    compared = []
    monkeypatch.setattr(
        duplicates,
        "correlate_pairs",
        lambda _, pairs, enough: compared.append(len(pairs)) or np.zeros(len(pairs)),
    )
    hashes = ["00000000ffffffff"] * 2000
    settings = DuplicateSettings(flips=False)
    assert len(link_near_duplicates(hashes, surfaces(2000), settings).pairs) == 0
    assert sum(compared) <= 2000 * 32


def test_blank_photos_are_no_duplicates():
    blank = np.full((50, 64, 64), 200, np.uint8)
    assert len(link_near_duplicates(hashes_of(blank), blank, SETTINGS).pairs) == 0


def test_no_photos_have_no_duplicates():
    assert link_near_duplicates([], np.empty((0, 64, 64), np.uint8), SETTINGS).pairs.shape == (0, 2)
