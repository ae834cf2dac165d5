import numpy as np
import pytest

from crack_pipeline.prediction.views import apply_view, list_views

PHOTO = np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8)


@pytest.mark.parametrize(("name", "n_views"), [("none", 1), ("flips", 4), ("dihedral", 8)])
def test_views_differ_and_what_is_written_into_one_is_at_its_place(name, n_views):
    views = list_views(name)
    seen = [apply_view(PHOTO, view) for view in views]
    assert len({(array.shape, array.tobytes()) for array in seen}) == len(views) == n_views
    assert (seen[0] == PHOTO).all()
    for view, array in zip(views, seen, strict=True):
        copy = np.zeros_like(PHOTO)
        apply_view(copy, view)[...] = array
        assert (copy == PHOTO).all()


def test_flips_keep_the_shape_and_are_the_four_mirrored_photos():
    seen = {apply_view(PHOTO, view).tobytes() for view in list_views("flips")}
    expected = (PHOTO, PHOTO[:, ::-1], PHOTO[::-1], PHOTO[::-1, ::-1])
    assert seen == {array.tobytes() for array in expected}


def test_a_batch_is_turned_photo_by_photo():
    batch = np.stack([PHOTO, 255 - PHOTO])
    for view in list_views("dihedral"):
        turned = apply_view(batch, view, first_axis=1)
        assert (turned[0] == apply_view(PHOTO, view)).all()
        assert (turned[1] == apply_view(255 - PHOTO, view)).all()


def test_zooms_show_every_flip_at_two_sizes():
    views = list_views("flips_zooms")
    assert len(set(views)) == len(views) == 8
    assert [view for view in views if view.zoom == 1] == list(list_views("flips"))
    assert {view.zoom for view in views} == {1.0, 0.75}
    assert list_views("zooms")[0] == list_views("none")[0]
