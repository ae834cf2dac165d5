import numpy as np
import pytest

from crack_pipeline.splits.correlation import correlate_aligned, has_details
from crack_pipeline.splits.hashing import shrink_to_thumbnail


@pytest.fixture
def wall(draw_surface):
    return draw_surface(5, width_px=256, height_px=256)[..., 0]


def thumbnail(grey):
    return shrink_to_thumbnail(np.ascontiguousarray(grey))


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
