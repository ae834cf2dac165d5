import numpy as np
import pytest

from crack_pipeline.splits.duplicates import hash_in_pose
from crack_pipeline.splits.hashing import hash_thumbnail, hashes_to_integers
from crack_pipeline.splits.symmetries import COMPOSED, INVERSES, apply_symmetry


@pytest.fixture
def wall(draw_surface):
    return draw_surface(5, width_px=64, height_px=64)[..., 0]


@pytest.mark.parametrize("symmetry", range(8))
def test_flips_share_a_hash_and_tell_how_they_lie(wall, symmetry):
    flipped = np.ascontiguousarray(apply_symmetry(wall, symmetry))
    posed = hash_in_pose(np.stack([flipped, wall]))
    of_flipped, of_wall = posed.row == 0, posed.row == 1
    equal = np.argwhere(posed.code[of_flipped][:, None] == posed.code[of_wall][None])
    between = {
        int(COMPOSED[INVERSES[posed.pose[of_flipped][one]], posed.pose[of_wall][other]])
        for one, other in equal
    }
    assert symmetry in between


def test_the_pose_leads_to_the_hash_of_the_posed_photo(wall):
    posed = hash_in_pose(wall[None])
    for code, pose in zip(posed.code, posed.pose, strict=True):
        turned = np.ascontiguousarray(apply_symmetry(wall, int(pose)))
        plain = hashes_to_integers([hash_thumbnail(turned)])[0]
        # Halving a photo rounds its levels, and a value near the median may change sides.
        assert np.bitwise_count(code ^ plain) <= 2


def test_many_photos_are_hashed_as_each_alone(draw_surface):
    walls = np.stack([draw_surface(s, width_px=64, height_px=64)[..., 0] for s in range(5)])
    many = hash_in_pose(walls)
    for row, wall in enumerate(walls):
        assert set(many.code[many.row == row]) == set(hash_in_pose(wall[None]).code)


def test_no_photos_have_no_hashes():
    assert len(hash_in_pose(np.empty((0, 64, 64), np.uint8)).code) == 0
