import numpy as np
import pytest

from crack_pipeline.splits.duplicates import correlate_pairs, has_details
from crack_pipeline.splits.hashing import shrink_to_thumbnail
from crack_pipeline.splits.symmetries import INVERSES, apply_symmetry


@pytest.fixture
def wall(draw_surface):
    return draw_surface(5, width_px=256, height_px=256)[..., 0]


def thumbnail(grey):
    return shrink_to_thumbnail(np.ascontiguousarray(grey))


def correlate_aligned(first, second):
    pair = np.array([[0, 1, 0]])
    return correlate_pairs(np.stack([first, second]), pair, enough=1.1)[0]


def test_a_photo_correlates_with_itself_fully(wall):
    assert correlate_aligned(thumbnail(wall), thumbnail(wall)) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(("dx", "dy"), [(12, 0), (0, -20), (12, 16), (-8, 24)])
def test_a_shifted_cut_is_aligned_first(wall, dx, dy):
    first, second = wall[28:228, 28:228], wall[28 + dy : 228 + dy, 28 + dx : 228 + dx]
    assert correlate_aligned(thumbnail(first), thumbnail(second)) > 0.9


def test_unrelated_surfaces_do_not_correlate(wall, draw_surface):
    other = draw_surface(6, width_px=256, height_px=256)[..., 0]
    assert correlate_aligned(thumbnail(wall), thumbnail(other)) < 0.5


def test_shared_light_is_no_likeness(draw_surface):
    ramp = np.linspace(20, 220, 256)[None, :]
    lit = [
        (ramp + draw_surface(seed, width_px=256, height_px=256)[..., 0] / 16).astype(np.uint8)
        for seed in (1, 2)
    ]
    first, second = (thumbnail(photo) for photo in lit)
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] > 0.95
    assert correlate_aligned(first, second) < 0.5


def test_blank_photos_are_like_nothing():
    blank = np.full((64, 64), 200, np.uint8)
    assert not has_details(blank)
    assert correlate_aligned(blank, blank) == 0.0


def test_pairs_correlate_together_as_alone(wall, draw_surface):
    other = draw_surface(6, width_px=256, height_px=256)[..., 0]
    cuts = [wall[:200, :200], wall[8:208, 12:212], other[:200, :200], np.full((200, 200), 90, "u1")]
    thumbnails = np.stack([thumbnail(cut) for cut in cuts])
    pairs = np.array([[0, 1, 0], [0, 2, 0], [1, 2, 0], [0, 3, 0], [3, 3, 0]])
    alone = [correlate_aligned(thumbnails[one], thumbnails[two]) for one, two, _ in pairs]
    assert correlate_pairs(thumbnails, pairs, enough=1.1) == pytest.approx(alone, abs=1e-4)


@pytest.mark.parametrize("symmetry", range(8))
def test_the_second_is_flipped_before_it_is_compared(wall, symmetry):
    upright = thumbnail(wall)
    lying = np.ascontiguousarray(apply_symmetry(upright, int(INVERSES[symmetry])))
    pairs = np.array([[0, 1, number] for number in range(8)])
    correlations = correlate_pairs(np.stack([upright, lying]), pairs, enough=0.9)
    assert correlations.argmax() == symmetry
    assert correlations[symmetry] == pytest.approx(1.0, abs=1e-4)


def test_no_pairs_have_no_correlations():
    nothing = np.empty((0, 3), np.int64)
    assert correlate_pairs(np.zeros((2, 64, 64), np.uint8), nothing, enough=0.9).shape == (0,)
