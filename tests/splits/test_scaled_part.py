import cv2
import numpy as np
import pytest

from crack_pipeline.splits.shared_part import compare_scaled


@pytest.fixture
def wall(draw_surface):
    grey = draw_surface(5, width_px=400, height_px=300)[..., 0]
    return cv2.GaussianBlur(grey, (0, 0), 1.5)


def places_on(transform, size_px):
    """Points of a view of that size, and where the transform takes them."""
    rng = np.random.default_rng(0)
    there = rng.uniform(0, size_px, (20, 2))
    here = there @ transform[:, :2].T + transform[:, 2]
    return np.stack([here, there], axis=1)


def test_a_crop_is_laid_on_the_photo_it_is_from(wall):
    crop = cv2.resize(wall[40:240, 60:320], (280, 216), interpolation=cv2.INTER_AREA)
    transform = np.array([[260 / 280, 0, 60], [0, 200 / 216, 40]])
    part = compare_scaled(wall, crop, places_on(transform, (280, 216)))
    assert part is not None
    assert part.correlation > 0.8
    assert part.share > 0.75
    assert abs(part.dx_px - 60) <= 6
    assert abs(part.dy_px - 40) <= 6


def test_another_wall_does_not_correlate(wall, draw_surface):
    other = draw_surface(6, width_px=280, height_px=216)[..., 0]
    transform = np.array([[260 / 280, 0, 60], [0, 200 / 216, 40]])
    part = compare_scaled(wall, other, places_on(transform, (280, 216)))
    assert part is not None
    assert part.correlation < 0.5


@pytest.mark.parametrize("stretch", [0.4, 2.0])
def test_scales_far_from_the_view_s_are_refused(wall, stretch):
    transform = np.array([[stretch, 0, 0], [0, 1.0, 0]])
    assert compare_scaled(wall, wall, places_on(transform, (400, 300))) is None


def test_points_on_one_spot_are_refused(wall):
    assert compare_scaled(wall, wall, np.ones((6, 2, 2))) is None


def test_views_that_do_not_touch_share_nothing(wall):
    part = compare_scaled(wall, wall, places_on(np.array([[1.0, 0, 900], [0, 1, 0]]), (400, 300)))
    assert part is not None
    assert (part.share, part.correlation) == (0.0, 0.0)
