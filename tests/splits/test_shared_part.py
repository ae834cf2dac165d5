import numpy as np
import pytest

from crack_pipeline.splits.shared_part import compare_shared, correlate_where, even_out
from crack_pipeline.splits.symmetries import INVERSES, apply_symmetry


@pytest.fixture
def wall(draw_surface):
    return draw_surface(5, width_px=240, height_px=200)[..., 0]


def cut(photo, x, y, width=100, height=80):
    return np.ascontiguousarray(photo[y : y + height, x : x + width])


@pytest.mark.parametrize("symmetry", range(8))
def test_crops_of_one_photo_correlate_where_they_overlap(wall, symmetry):
    first = even_out(cut(wall, 20, 30))
    stored = np.ascontiguousarray(apply_symmetry(cut(wall, 60, 60), int(INVERSES[symmetry])))
    shared = compare_shared(first, even_out(stored), symmetry=symmetry, dx_px=40, dy_px=30)
    assert shared.correlation > 0.95
    assert shared.share == pytest.approx(60 * 50 / (100 * 80))


@pytest.mark.parametrize(("dx_px", "dy_px"), [(38, 30), (40, 32), (41, 29)])
def test_the_best_place_near_the_expected_one_counts(wall, dx_px, dy_px):
    first, second = even_out(cut(wall, 20, 30)), even_out(cut(wall, 60, 60))
    shared = compare_shared(first, second, symmetry=0, dx_px=dx_px, dy_px=dy_px)
    assert (shared.dx_px, shared.dy_px) == (40, 30)
    assert shared.correlation > 0.95


def test_other_places_and_other_walls_do_not_correlate(wall, draw_surface):
    first, second = even_out(cut(wall, 20, 30)), even_out(cut(wall, 60, 60))
    assert compare_shared(first, second, symmetry=0, dx_px=10, dy_px=5).correlation < 0.5
    other = even_out(cut(draw_surface(6, width_px=240, height_px=200)[..., 0], 60, 60))
    assert compare_shared(first, other, symmetry=0, dx_px=40, dy_px=30).correlation < 0.5


def test_shared_light_is_no_likeness(draw_surface):
    ramp = np.linspace(20, 220, 200)[None, :]
    walls = [draw_surface(seed, width_px=200, height_px=200)[..., 0] for seed in (1, 2)]
    lit = [(ramp + wall / 16).astype(np.uint8) for wall in walls]
    assert np.corrcoef(lit[0].ravel(), lit[1].ravel())[0, 1] > 0.95
    shared = compare_shared(even_out(lit[0]), even_out(lit[1]), symmetry=0, dx_px=0, dy_px=0)
    assert shared.correlation < 0.5


def test_like_cracks_on_unlike_walls_are_no_likeness(draw_surface):
    walls = [draw_surface(seed, width_px=200, height_px=200)[..., 0].copy() for seed in (1, 2)]
    for wall in walls:
        wall[:, 95:105] = 10
    shared = compare_shared(even_out(walls[0]), even_out(walls[1]), symmetry=0, dx_px=0, dy_px=0)
    assert shared.correlation < 0.6


@pytest.mark.parametrize("level", [0, 128, 255])
def test_blank_parts_prove_nothing(level):
    blank = even_out(np.full((90, 90), level, np.uint8))
    assert compare_shared(blank, blank, symmetry=0, dx_px=10, dy_px=0).correlation == 0


def test_a_blank_shared_part_of_textured_photos_proves_nothing(draw_surface):
    photos = [draw_surface(seed, width_px=120, height_px=120)[..., 0].copy() for seed in (1, 2)]
    photos[0][:, 40:], photos[1][:, :80] = 128, 128
    first, second = (even_out(photo) for photo in photos)
    assert compare_shared(first, second, symmetry=0, dx_px=70, dy_px=0).correlation == 0


@pytest.mark.parametrize(("dx_px", "dy_px"), [(95, 0), (0, 200), (-500, 3)])
def test_too_little_in_common_proves_nothing(wall, dx_px, dy_px):
    photo = even_out(cut(wall, 0, 0))
    shared = compare_shared(photo, photo, symmetry=0, dx_px=dx_px, dy_px=dy_px)
    assert shared.correlation == 0
    assert shared.share < 0.06


def test_parts_of_any_shape_are_correlated(wall):
    photo = even_out(wall)
    left = np.zeros(photo.shape, bool)
    left[:, :100] = True
    changed = np.where(left, photo, -photo)
    assert correlate_where(photo, changed, left) == pytest.approx(1.0, abs=1e-4)
    assert correlate_where(photo, changed, ~left) == pytest.approx(-1.0, abs=1e-4)
    assert correlate_where(photo, changed, np.zeros(photo.shape, bool)) == 0
