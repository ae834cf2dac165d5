import numpy as np
import pytest

from crack_pipeline.errors import MaskError
from crack_pipeline.images.headers import turn_upright
from crack_pipeline.masks.repair import repair_mask
from crack_pipeline.masks.settings import DecodedMask, RepairSettings


def repair(mask, lightness, *, label=None, is_drawing=False, mended=(), **settings):
    return repair_mask(
        DecodedMask(mask, mended),
        lightness,
        label=label,
        is_drawing=is_drawing,
        settings=RepairSettings(**settings),
    )


@pytest.mark.parametrize("label", [None, 1])
def test_a_good_mask_is_not_touched(crack_pair, label):
    lightness, mask = crack_pair
    repaired = repair(mask, lightness, label=label)
    assert repaired.mask is mask
    assert repaired.mended == ()


def test_an_inverted_mask_is_turned_round(crack_pair):
    lightness, mask = crack_pair
    repaired = repair(1 - mask, lightness, label=1, mended=("mask_1_bit",))
    np.testing.assert_array_equal(repaired.mask, mask)
    assert repaired.mended == ("mask_1_bit", "mask_inverted")


def test_turned_and_inverted_are_mended_together(crack_pair):
    lightness, mask = crack_pair
    repaired = repair(turn_upright(1 - mask, 8), lightness)
    np.testing.assert_array_equal(repaired.mask, mask)
    assert repaired.mended == ("mask_turned", "mask_inverted")


@pytest.mark.parametrize(
    ("polarity", "mended"), [("report", ("mask_looks_inverted",)), ("ignore", ())]
)
def test_polarity_can_be_reported_only_or_ignored(crack_pair, polarity, mended):
    lightness, mask = crack_pair
    repaired = repair(1 - mask, lightness, polarity=polarity)
    np.testing.assert_array_equal(repaired.mask, 1 - mask)
    assert repaired.mended == mended


def test_a_doubtful_mask_is_reported_and_left(crack_pair):
    lightness, mask = crack_pair
    repaired = repair(1 - mask, np.full_like(lightness, 128))
    np.testing.assert_array_equal(repaired.mask, 1 - mask)
    assert repaired.mended == ("mask_polarity_doubtful",)


def test_polarity_of_drawn_masks_is_known(crack_pair):
    lightness, mask = crack_pair
    assert repair(1 - mask, lightness, is_drawing=True).mended == ()


def test_a_full_mask_without_crack_by_label_is_an_inverted_empty_one(crack_pair):
    lightness, mask = crack_pair
    repaired = repair(np.ones_like(mask), lightness, label=0)
    assert repaired.mask.sum() == 0
    assert repaired.mended == ("mask_inverted",)


def test_an_empty_mask_under_label_1_is_refused(crack_pair):
    lightness, mask = crack_pair
    with pytest.raises(MaskError, match="mask without crack under a label that says crack"):
        repair(np.zeros_like(mask), lightness, label=1)
    assert repair(np.zeros_like(mask), lightness, label=0).mended == ()
    assert repair(np.zeros_like(mask), lightness).mended == ()


def test_a_crack_under_label_0_is_refused(crack_pair):
    lightness, mask = crack_pair
    expected = rf"mask with crack under a label that says none: {mask.sum()} of 9600 px"
    with pytest.raises(MaskError, match=expected):
        repair(mask, lightness, label=0)
    with pytest.raises(MaskError, match="says none"):
        repair(1 - mask, lightness, label=0)


def with_specks(*sizes: int) -> np.ndarray:
    mask = np.zeros((200, 300), np.uint8)
    for number, size in enumerate(sizes):
        block = np.zeros(16, np.uint8)
        block[:size] = 1
        mask[20 * number : 20 * number + 4, 5:9] = block.reshape(4, 4)
    return mask


def test_specks_under_label_0_are_cleared_and_counted():
    lightness = np.full((200, 300), 128, np.uint8)
    repaired = repair(with_specks(16, 5), lightness, label=0)
    assert repaired.mask.sum() == 0
    assert repaired.mended == ("mask_specks_cleared",)
    assert repaired.note == "21 px in specks cleared"


@pytest.mark.parametrize(
    ("sizes", "settings"),
    [
        ((16, 16), {}),  # 32 of 60 000 px are more than 0.05 %
        ((16,), {"max_speck_px": 15}),
        ((1,), {"max_speck_share": 0.0}),
    ],
)
def test_larger_or_more_specks_are_crack(sizes, settings):
    lightness = np.full((200, 300), 128, np.uint8)
    with pytest.raises(MaskError, match="says none"):
        repair(with_specks(*sizes), lightness, label=0, **settings)


def test_specks_under_other_labels_stay():
    lightness = np.full((200, 300), 128, np.uint8)
    assert repair(with_specks(5), lightness, label=1).mask.sum() == 5
    assert repair(with_specks(5), lightness).mask.sum() == 5
