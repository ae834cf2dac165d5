import numpy as np
import pytest

from crack_pipeline.splits.keypoints import MARGIN_PX, find_keypoints, join_keypoints
from crack_pipeline.splits.symmetries import COMPOSED, INVERSES, MATRICES, apply_symmetry


@pytest.fixture
def wall(draw_surface):
    return draw_surface(5, width_px=150, height_px=110)[..., 0]


@pytest.mark.parametrize("symmetry", range(8))
def test_flips_change_places_and_poses_only(wall, symmetry):
    turned = np.ascontiguousarray(apply_symmetry(wall, symmetry))
    upright, lying = find_keypoints(wall, most=500), find_keypoints(turned, most=500)
    assert len(upright) > 10
    by_code = {int(code): row for row, code in enumerate(lying.code)}
    kept = [(row, by_code[int(c)]) for row, c in enumerate(upright.code) if int(c) in by_code]
    assert len(kept) >= 0.9 * len(upright)
    for row, other in kept:
        middle = (np.array(wall.shape[::-1]) - 1) / 2
        place = MATRICES[symmetry] @ (np.array([upright.x_px[row], upright.y_px[row]]) - middle)
        place += (np.array(turned.shape[::-1]) - 1) / 2
        assert place.tolist() == [lying.x_px[other], lying.y_px[other]]
        assert COMPOSED[INVERSES[lying.pose[other]], upright.pose[row]] == symmetry


def test_points_keep_their_distance_from_the_border(wall):
    points = find_keypoints(wall, most=500)
    assert points.x_px.min() >= MARGIN_PX
    assert points.x_px.max() < wall.shape[1] - MARGIN_PX
    assert points.y_px.min() >= MARGIN_PX
    assert points.y_px.max() < wall.shape[0] - MARGIN_PX


def test_the_strongest_are_kept(wall):
    every, some = find_keypoints(wall, most=500), find_keypoints(wall, most=5)
    assert len(set(zip(some.x_px, some.y_px, strict=True))) == 5
    assert set(some.code) <= set(every.code)


@pytest.mark.parametrize("shape", [(200, 200), (24, 300), (1, 1)])
def test_blank_and_tiny_photos_have_no_points(shape):
    assert len(find_keypoints(np.full(shape, 180, np.uint8), most=10)) == 0


def test_points_of_several_photos_are_joined(wall):
    blank = find_keypoints(np.full((50, 50), 9, np.uint8), most=10)
    some = find_keypoints(wall, most=7)
    joined = join_keypoints([some, blank, some])
    assert len(joined) == 2 * len(some)
    assert joined.code.tolist() == [*some.code.tolist(), *some.code.tolist()]
    assert joined.x_px.dtype == np.uint16
