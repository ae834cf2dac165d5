import numpy as np
import pytest

from crack_pipeline.errors import ShapeError
from crack_pipeline.figures.outlines import outline_mask, outline_truth_and_prediction
from crack_pipeline.figures.palette import AGREEMENT, PREDICTION, TRUTH, to_hex

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


def test_truth_and_prediction_have_their_colours_and_share_one():
    truth, predicted = np.zeros((2, 7, 7), np.uint8)
    truth[3, 2] = 1
    predicted[3, 4] = 1
    drawn = outline_truth_and_prediction(PHOTO, truth, predicted)
    assert where(drawn, AGREEMENT) == {(2, 3), (3, 3), (4, 3)}
    assert len(where(drawn, TRUTH)) == 5
    assert len(where(drawn, PREDICTION)) == 5


def test_refuses_the_mask_of_another_photo():
    with pytest.raises(ShapeError, match="height and width"):
        outline_mask(PHOTO, np.zeros((7, 8), np.uint8))
    with pytest.raises(ShapeError, match="height and width"):
        outline_truth_and_prediction(PHOTO, np.zeros((7, 7), np.uint8), np.zeros((6, 7), np.uint8))


def test_colours_as_matplotlib_takes_them():
    assert to_hex((0, 158, 115)) == "#009e73"
