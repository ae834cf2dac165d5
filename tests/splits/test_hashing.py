import cv2
import numpy as np
import pytest

from crack_pipeline.splits.hashing import hash_thumbnail, hashes_to_integers, shrink_to_thumbnail


def distance(first: str, second: str) -> int:
    return (int(first, 16) ^ int(second, 16)).bit_count()


@pytest.mark.parametrize("shape", [(227, 227), (384, 544), (20, 30), (900, 300), (64, 64)])
def test_every_shape_becomes_64_by_64_with_its_mean(shape):
    grey = np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
    thumbnail = shrink_to_thumbnail(grey)
    assert thumbnail.shape == (64, 64)
    assert thumbnail.mean() == pytest.approx(grey.mean(), abs=4)


def test_hash_survives_recompression_and_brightness(draw_surface):
    grey = draw_surface(1, width_px=227, height_px=227)[..., 0]
    recompressed = cv2.imdecode(cv2.imencode(".jpg", grey, [1, 50])[1], cv2.IMREAD_GRAYSCALE)
    brighter = (grey * 0.8 + 30).astype(np.uint8)
    original = hash_thumbnail(shrink_to_thumbnail(grey))
    assert len(original) == 16
    for changed in (recompressed, brighter):
        assert distance(original, hash_thumbnail(shrink_to_thumbnail(changed))) <= 4


def test_unrelated_surfaces_differ_in_many_bits(draw_surface):
    hashes = [hash_thumbnail(shrink_to_thumbnail(draw_surface(seed)[..., 0])) for seed in range(8)]
    assert min(distance(a, b) for a in hashes for b in hashes if a != b) > 12


def test_half_of_the_bits_are_set(draw_surface):
    code = hash_thumbnail(shrink_to_thumbnail(draw_surface(2)[..., 0]))
    assert int(code, 16).bit_count() == 32


def test_hashes_become_the_same_integers():
    codes = hashes_to_integers(["00000000000000ff", "8000000000000000"])
    assert codes.dtype == np.uint64
    assert codes.tolist() == [255, 1 << 63]
    assert hashes_to_integers([]).shape == (0,)
