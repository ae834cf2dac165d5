import numpy as np
import pytest
from tests.inspection.bars import make_crack

from crack_pipeline.figures.overlays import (
    CENTRELINE,
    DOUBTFUL,
    SURE,
    draw_cracks,
    make_picture,
)

GREY = np.full((120, 200, 3), 120, np.uint8)


def is_drawn(picture, colour):
    return (np.abs(picture.astype(int) - colour).sum(axis=2) < 60).any(axis=None)


@pytest.mark.parametrize(
    ("shape", "size", "zoom"),
    [
        ((384, 544), (768, 1088), 2.0),
        ((227, 227), (908, 908), 4.0),
        ((1, 1), (4, 4), 4.0),
        ((3000, 4000), (1875, 2500), 0.625),
        ((1, 5000), (1, 2500), 0.5),
    ],
)
def test_pictures_have_a_size_for_the_eye(shape, size, zoom):
    picture, found = make_picture(np.zeros((*shape, 3), np.uint8))
    assert picture.shape[:2] == size
    assert found == zoom


def test_a_sure_crack_is_outlined_and_a_doubtful_one_dashed():
    sure = make_crack(30, 20, width_px=5, length_px=150)
    doubtful = make_crack(30, 20, width_px=5, length_px=150, doubts=("shadow?",))
    whole, dashed = (
        draw_cracks(GREY, 1.0, [(crack, "A01  2 mm")], mm_per_px=0.5) for crack in (sure, doubtful)
    )
    assert is_drawn(whole, SURE)
    assert not is_drawn(whole, DOUBTFUL)
    assert is_drawn(dashed, DOUBTFUL)
    assert is_drawn(dashed, CENTRELINE)
    above = np.s_[29, 30:60]  # the row above the crack, left of its label
    assert (whole[above] != 120).any(axis=1).all()
    assert 5 <= (dashed[above] == 120).all(axis=1).sum() <= 20


def test_a_thin_crack_stays_visible_in_a_small_picture_of_a_large_photo():
    crack = make_crack(2000, 500, width_px=2, length_px=3000)
    picture, zoom = make_picture(np.full((4000, 6000, 3), 120, np.uint8))
    drawn = draw_cracks(picture, zoom, [(crack, "A01")], mm_per_px=None)
    y = round(2000.5 * zoom)
    changed = (drawn[y - 6 : y + 6, 300:600] != 120).any(axis=2)
    assert changed.any(axis=0).all()


def test_labels_do_not_cover_each_other():
    marks = [
        (make_crack(20 + 3 * n, 20, width_px=1, length_px=150), f"A{n:02d}  0.4 mm")
        for n in range(20)
    ]
    drawn = draw_cracks(GREY, 1.0, marks, mm_per_px=0.5)
    assert drawn.shape == GREY.shape
    assert (GREY == 120).all()


def test_cracks_without_a_width_or_a_line_are_drawn():
    crack = make_crack(0, 0, width_px=1, length_px=2)
    object.__setattr__(crack, "p95_station", None)
    drawn = draw_cracks(GREY, 1.0, [(crack, "A01")], mm_per_px=None)
    assert is_drawn(drawn, SURE)
    tiny = np.zeros((1, 1, 3), np.uint8)
    assert draw_cracks(tiny, 1.0, [], mm_per_px=0.5).shape == (1, 1, 3)
