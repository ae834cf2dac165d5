import numpy as np
import pytest

from crack_pipeline.errors import ShapeError
from crack_pipeline.figures.outlines import outline_errors, outline_mask
from crack_pipeline.figures.palette import FALSE_CRACK, FOUND, MISSED, TRUTH, to_hex

PHOTO = np.full((7, 7, 3), 90, np.uint8)


def where(drawn: np.ndarray, colour: tuple[int, int, int]) -> set[tuple[int, int]]:
    return {(int(y), int(x)) for y, x in np.argwhere((drawn == colour).all(axis=-1))}


def test_the_line_frames_a_pixel_and_leaves_it_visible():
    mask = np.zeros((7, 7), np.uint8)
    mask[3, 3] = 1
    drawn = outline_mask(PHOTO, mask, (255, 0, 0))
    frame = {(y, x) for y in (2, 3, 4) for x in (2, 3, 4)} - {(3, 3)}
    assert where(drawn, (255, 0, 0)) == frame
    assert drawn[3, 3].tolist() == [90, 90, 90]
    assert (PHOTO == 90).all()


def test_a_thicker_line_reaches_further_out():
    mask = np.zeros((7, 7), bool)
    mask[3, 3] = True
    assert len(where(outline_mask(PHOTO, mask, (255, 0, 0), thickness_px=2), (255, 0, 0))) == 24


def test_empty_mask_has_no_outline_and_a_full_one_runs_along_the_border():
    assert (outline_mask(PHOTO, np.zeros((7, 7), np.uint8)) == PHOTO).all()
    framed = outline_mask(PHOTO, np.ones((7, 7), np.uint8))
    assert (framed[1:-1, 1:-1] == PHOTO[1:-1, 1:-1]).all()
    assert where(framed, TRUTH) == {(x, y) for x in range(7) for y in range(7) if {x, y} & {0, 6}}


def test_found_missed_and_false_crack_are_told_apart_within_the_tolerance():
    photo = np.full((20, 40, 3), 200, np.uint8)
    truth, predicted = np.zeros((2, 20, 40), np.uint8)
    truth[5, 2:10], predicted[6, 2:10] = 1, 1  # a pixel beside: found
    truth[5, 18:24] = 1
    predicted[14, 30:36] = 1
    drawn = outline_errors(photo, truth, predicted, tolerance_px=2)
    assert where(drawn, FOUND) == {
        (y, x) for y in range(4, 8) for x in range(1, 11) if y in (4, 7) or x in (1, 10)
    }
    assert {y for y, _ in where(drawn, MISSED)} == {4, 5, 6}
    assert {x for _, x in where(drawn, MISSED)} == set(range(17, 25))
    assert {x for _, x in where(drawn, FALSE_CRACK)} == set(range(29, 37))


def test_a_photo_that_is_wholly_marked_falsely_is_tinted():
    photo = np.full((20, 20, 3), 200, np.uint8)
    nothing, everything = np.zeros((20, 20), np.uint8), np.ones((20, 20), np.uint8)
    plain = outline_errors(photo, nothing, nothing, tolerance_px=2)[10, 10].astype(int)
    tinted = outline_errors(photo, nothing, everything, tolerance_px=2)[10, 10].astype(int)
    assert np.ptp(plain) == 0
    assert np.ptp(tinted) > 20
    assert tinted.tolist() != list(FALSE_CRACK)


def test_colours_are_seen_on_yellow_paint_and_the_crack_is_not_covered():
    photo = np.full((20, 20, 3), (240, 220, 40), np.uint8)
    photo[10] = (30, 30, 30)
    truth = np.zeros((20, 20), np.uint8)
    truth[10] = 1
    drawn = outline_errors(photo, truth, truth, tolerance_px=2)
    background, crack = drawn[0, 0].astype(int), drawn[10, 10].astype(int)
    assert background.max() - background.min() == 0, "grey"
    assert min(abs(np.mean(colour) - background[0]) for colour in (FOUND, MISSED, FALSE_CRACK)) > 10
    assert crack.max() < background.min()


def test_refuses_the_mask_of_another_photo():
    with pytest.raises(ShapeError, match="height and width"):
        outline_mask(PHOTO, np.zeros((7, 8), np.uint8))
    with pytest.raises(ShapeError, match="height and width"):
        outline_errors(
            PHOTO, np.zeros((7, 7), np.uint8), np.zeros((6, 7), np.uint8), tolerance_px=2
        )


def test_colours_as_matplotlib_takes_them():
    assert to_hex((0, 158, 115)) == "#009e73"
