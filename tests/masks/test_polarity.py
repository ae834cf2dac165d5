import os
from pathlib import Path

import numpy as np
import pytest

from crack_pipeline.images.reading import decode_lightness, read_bytes
from crack_pipeline.masks.fitting import Polarity, judge_polarity
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.masks.settings import RepairSettings


def judge(mask, lightness, *, label=None, **settings):
    return judge_polarity(mask, lightness, label=label, settings=RepairSettings(**settings))


def test_a_mask_of_a_dark_crack_is_usual(crack_pair):
    lightness, mask = crack_pair
    assert judge(mask, lightness) is Polarity.USUAL


def test_its_complement_is_inverted(crack_pair):
    lightness, mask = crack_pair
    assert judge(1 - mask, lightness) is Polarity.INVERTED


def test_a_wide_mask_over_the_lighter_side_is_inverted_over_the_darker_one_doubtful():
    lightness = np.full((60, 60), 160, np.uint8)
    lightness[:, :40] = 90
    wide_dark = (lightness == 90).astype(np.uint8)
    assert judge(wide_dark, lightness) is Polarity.DOUBTFUL
    assert judge(wide_dark, 255 - lightness) is Polarity.INVERTED


def test_without_evidence_in_the_photo_it_is_doubtful(crack_pair):
    lightness, mask = crack_pair
    assert judge(1 - mask, np.full_like(lightness, 128)) is Polarity.DOUBTFUL
    assert judge(1 - mask, lightness, min_contrast=50) is Polarity.DOUBTFUL


def test_a_bright_crack_that_covers_little_stays(crack_pair):
    lightness, mask = crack_pair
    assert judge(mask, 255 - lightness) is Polarity.USUAL


@pytest.mark.parametrize(
    ("label", "polarity"),
    [(0, Polarity.INVERTED), (1, Polarity.DOUBTFUL), (None, Polarity.DOUBTFUL)],
)
def test_a_full_mask_is_inverted_only_where_the_label_says_no_crack(crack_pair, label, polarity):
    lightness, mask = crack_pair
    assert judge(np.ones_like(mask), lightness, label=label) is polarity


def test_deepcrack_masks_stay_and_inverted_ones_are_found():
    root = os.environ.get("CRACK_DATA_ROOT")
    if not root or not (Path(root) / "deepcrack").is_dir():
        pytest.skip("CRACK_DATA_ROOT names no folder with deepcrack")
    photos = sorted((Path(root) / "deepcrack").glob("*_img/*"))
    right, inverted = {}, {}
    for photo in photos:
        part = photo.parent.name.removesuffix("_img")
        mask = read_mask(photo.parents[1] / f"{part}_lab" / f"{photo.stem}.png")
        lightness = decode_lightness(read_bytes(photo)).pixels
        right[f"{part}/{photo.stem}"] = judge(mask, lightness)
        inverted[f"{part}/{photo.stem}"] = judge(1 - mask, lightness)
    assert len(right) == 537
    assert set(right.values()) == {Polarity.USUAL}
    # The mask of 11168 lies beside its crack: no photo can tell which side of it is which.
    doubtful = [stem for stem, found in inverted.items() if found is not Polarity.INVERTED]
    assert doubtful == ["train/11168"]
    assert inverted["train/11168"] is Polarity.DOUBTFUL
