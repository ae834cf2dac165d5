import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from crack_pipeline.errors import MaskError
from crack_pipeline.images.headers import turn_upright
from crack_pipeline.images.reading import decode_lightness, read_bytes
from crack_pipeline.masks.fitting import SWAPPING_TURNS, choose_turn, fit_mask, resize_mask
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.masks.settings import RepairSettings


def fit(mask, lightness, *, orientation=1, **settings):
    return fit_mask(
        mask,
        lightness,
        orientation=orientation,
        settings=RepairSettings(**settings),
    )


def test_a_mask_of_its_photos_size_is_not_touched(crack_pair):
    lightness, mask = crack_pair
    fitted, mended = fit(mask, lightness)
    assert fitted is mask
    assert mended == ()


def test_enlarging_takes_the_nearest_pixel():
    mask = np.array([[0, 1], [0, 0]], np.uint8)
    expected = [[0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0]]
    fitted, mended = fit(mask, np.zeros((4, 4), np.uint8))
    assert fitted.tolist() == expected
    assert mended == ("mask_resized",)


def test_reducing_keeps_the_area_of_wide_cracks():
    mask = np.zeros((40, 60), np.uint8)
    mask[10:22] = 1
    fitted, mended = fit(mask, np.zeros((20, 30), np.uint8))
    assert np.flatnonzero(fitted[:, 0]).tolist() == [5, 6, 7, 8, 9, 10]
    assert fitted.sum() == 6 * 30
    assert mended == ("mask_resized",)


@pytest.mark.parametrize("factor", [2, 3, 4])
@pytest.mark.parametrize("end", [(3, 100), (115, 77), (119, 40)])
def test_reducing_keeps_thin_cracks_whole(factor, end):
    mask = np.zeros((120, 120), np.uint8)
    cv2.line(mask, (3, 5), end, 1, 1)
    reduced = resize_mask(mask, width_px=120 // factor, height_px=120 // factor)
    n_labels, _ = cv2.connectedComponents(reduced)
    assert n_labels == 2  # background and one crack
    length = max(end[0] - 3, end[1] - 5) / factor
    assert length * 0.9 <= reduced.sum() <= length * 1.6


def test_there_and_back_gives_the_same_mask(crack_pair):
    _, mask = crack_pair
    large = resize_mask(mask, width_px=360, height_px=240)
    np.testing.assert_array_equal(resize_mask(large, width_px=120, height_px=80), mask)


@pytest.mark.parametrize("shape", [(41, 60), (40, 61), (16, 24), (400, 600), (79, 120)])
def test_sizes_in_no_exact_ratio_or_too_far_are_refused(crack_pair, shape):
    lightness, _ = crack_pair
    expected = f"of another size than its image: {shape[1]}×{shape[0]} for 120×80 px"
    with pytest.raises(MaskError, match=expected):
        fit(np.ones(shape, np.uint8), lightness)


def test_a_ratio_that_is_no_whole_number_is_exact_too(crack_pair):
    lightness, _ = crack_pair
    fitted, mended = fit(np.zeros((70, 105), np.uint8), lightness)
    assert fitted.shape == (80, 120)
    assert mended == ("mask_resized",)


def test_resizing_can_be_forbidden(crack_pair):
    lightness, mask = crack_pair
    with pytest.raises(MaskError, match="another size"):
        fit(np.ascontiguousarray(mask[::2, ::2]), lightness, resize="set_aside")


@pytest.mark.parametrize("turn", SWAPPING_TURNS)
def test_a_turned_mask_is_turned_as_the_photo_tells(crack_pair, turn):
    lightness, mask = crack_pair
    fitted, mended = fit(turn_upright(mask, turn), lightness)
    np.testing.assert_array_equal(fitted, mask)
    assert mended == ("mask_turned",)


def test_a_turned_and_inverted_mask_is_turned_all_the_same(crack_pair):
    lightness, mask = crack_pair
    fitted, _ = fit(turn_upright(1 - mask, 6), lightness)
    np.testing.assert_array_equal(fitted, 1 - mask)


def test_an_empty_turned_mask_needs_no_evidence(crack_pair):
    lightness, _ = crack_pair
    fitted, mended = fit(np.zeros((120, 80), np.uint8), lightness)
    assert fitted.shape == (80, 120)
    assert mended == ("mask_turned",)


def test_a_turned_mask_that_the_photo_does_not_explain_is_refused(crack_pair):
    lightness, mask = crack_pair
    turned = turn_upright(mask, 6)
    with pytest.raises(MaskError, match="the photo does not tell how to turn it"):
        fit(turned, np.full_like(lightness, 128))
    with pytest.raises(MaskError, match="another size"):
        fit(turned, lightness, transpose="set_aside")


def test_two_turns_that_explain_as_much_leave_it_open():
    mask = np.zeros((40, 60), np.uint8)
    mask[10, 5:55] = 1
    mask = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    crossed = 200 - 100 * (mask | np.flipud(mask))  # a crack above and one below
    assert choose_turn(turn_upright(mask, 5), crossed, SWAPPING_TURNS, min_contrast=0.5) is None


@pytest.mark.parametrize("turn", [2, 3, 4])
def test_a_mask_that_lies_as_its_turned_photo_was_stored_is_turned_too(crack_pair, turn):
    lightness, mask = crack_pair
    stored = turn_upright(mask, turn)  # 2, 3 and 4 undo themselves
    assert fit(stored, lightness)[1] == ()
    fitted, mended = fit(stored, lightness, orientation=turn)
    np.testing.assert_array_equal(fitted, mask)
    assert mended == ("mask_turned",)


def test_a_good_mask_of_a_turned_photo_stays(crack_pair):
    lightness, mask = crack_pair
    fitted, mended = fit(mask, lightness, orientation=3)
    assert fitted is mask
    assert mended == ()


@pytest.mark.parametrize("turn", SWAPPING_TURNS)
@pytest.mark.parametrize("factor", [1, 2])
def test_where_the_photo_tells_nothing_a_mask_of_its_stored_size_takes_its_orientation(
    crack_pair, turn, factor
):
    lightness, mask = crack_pair
    plain = np.full_like(lightness, 128)
    back = {5: 5, 6: 8, 7: 7, 8: 6}[turn]
    stored = np.kron(turn_upright(mask, back), np.ones((factor, factor), np.uint8))
    fitted, mended = fit(stored, plain, orientation=turn)
    np.testing.assert_array_equal(fitted, mask)
    assert mended == ("mask_resized",) * (factor > 1) + ("mask_turned",)
    with pytest.raises(MaskError, match="does not tell how to turn it"):
        fit_mask(
            turn_upright(mask, back),
            plain,
            orientation=turn,
            has_own_orientation=True,
            settings=RepairSettings(),
        )


@pytest.mark.parametrize(
    ("orientation", "own", "is_clear"),
    [(1, False, True), (3, False, False), (3, True, True), (1, True, False), (6, False, True)],
)
def test_a_mask_that_may_lie_in_two_ways_is_refused(crack_pair, orientation, own, is_clear):
    lightness, mask = crack_pair
    plain = np.full_like(lightness, 128)
    facts = {"orientation": orientation, "has_own_orientation": own, "settings": RepairSettings()}
    if is_clear:
        assert fit_mask(mask, plain, **facts)[0] is mask
    else:
        with pytest.raises(MaskError, match="EXIF"):
            fit_mask(mask, plain, **facts)
    empty = np.zeros_like(mask)
    assert fit_mask(empty, plain, **facts) == (empty, ())


def test_a_small_mask_of_a_photo_upside_down_is_resized_and_turned(crack_pair):
    lightness, mask = crack_pair
    small = resize_mask(turn_upright(mask, 3), width_px=60, height_px=40)
    fitted, mended = fit(small, lightness, orientation=3)
    assert (fitted & mask).sum() > 0.8 * (fitted | mask).sum()
    assert mended == ("mask_resized", "mask_turned")
    with pytest.raises(MaskError, match="EXIF orientation 3"):
        fit(small, lightness, orientation=3, transpose="set_aside")


def test_deepcrack_masks_find_back_from_every_turn():
    root = os.environ.get("CRACK_DATA_ROOT")
    if not root or not (Path(root) / "deepcrack").is_dir():
        pytest.skip("CRACK_DATA_ROOT names no folder with deepcrack")
    refused = []
    for number, photo in enumerate(sorted((Path(root) / "deepcrack" / "train_img").iterdir())):
        mask = read_mask(photo.parents[1] / "train_lab" / f"{photo.stem}.png")
        lightness = decode_lightness(read_bytes(photo)).pixels
        stored = turn_upright(mask, SWAPPING_TURNS[number % 4])
        turn = choose_turn(stored, lightness, SWAPPING_TURNS, min_contrast=0.5)
        if turn is None:
            refused.append(photo.stem)
        else:
            np.testing.assert_array_equal(turn_upright(stored, turn), mask, err_msg=photo.stem)
    assert refused == ["11168"]  # its mask lies beside its crack
