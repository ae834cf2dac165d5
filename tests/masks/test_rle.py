import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from pycocotools import mask as coco_mask

from crack_pipeline.errors import MaskError
from crack_pipeline.masks import run_lengths
from crack_pipeline.masks.run_lengths import decode_rle, encode_rle

masks = st_numpy.arrays(
    np.uint8,
    st_numpy.array_shapes(min_dims=2, max_dims=2, max_side=40),
    elements=st.integers(0, 1),
    fill=st.just(0),
)


@given(masks, st.booleans())
def test_a_round_trip_changes_nothing(mask, compressed):
    height, width = mask.shape
    again = decode_rle(encode_rle(mask, compressed=compressed), width, height)
    np.testing.assert_array_equal(again, mask)


@given(masks)
def test_the_coco_tools_read_both_kinds(mask):
    height, width = mask.shape
    for rle in (
        encode_rle(mask),
        coco_mask.frPyObjects(encode_rle(mask, compressed=False), height, width),
    ):
        np.testing.assert_array_equal(coco_mask.decode(rle), mask)


def test_runs_go_down_the_columns_and_begin_with_background():
    mask = np.array([[1, 0], [1, 1]], np.uint8)
    assert encode_rle(mask, compressed=False) == {"size": [2, 2], "counts": [0, 2, 1, 1]}


def test_long_runs_need_several_characters():
    mask = np.zeros((1000, 1000), np.uint8)
    mask[500:, 700:] = 1
    np.testing.assert_array_equal(decode_rle(encode_rle(mask), 1000, 1000), mask)


@pytest.mark.parametrize(
    ("rle", "fault"),
    [
        ({"size": [2, 3], "counts": [6]}, "another size"),
        ({"counts": [6]}, "another size"),
        ({"size": [3, 2], "counts": [5]}, "they fill 5 of 6"),
        ({"size": [3, 2], "counts": [3, 9]}, "they fill 12 of 6"),
        ({"size": [3, 2], "counts": [9, -3]}, "damaged run lengths"),
        ({"size": [3, 2], "counts": [10**30, 6 - 10**30]}, "damaged run lengths"),
        ({"size": [3, 2], "counts": []}, "they fill 0 of 6"),
        ({"size": [3, 2], "counts": [3.5, 2.5]}, "not a list of whole numbers"),
        ({"size": [3, 2], "counts": [3, True, 2]}, "not a list of whole numbers"),
        ({"size": [3, 2], "counts": [float("nan"), 6]}, "not a list of whole numbers"),
        ({"size": [3, 2], "counts": None}, "not a list of whole numbers"),
        ({"size": [3, 2]}, "not a list of whole numbers"),
        ({"size": [3, 2], "counts": "ä6"}, "not COCO's compressed text"),
        ({"size": [3, 2], "counts": "o" * 20}, "not COCO's compressed text"),
        ({"size": [3, 2], "counts": "6o"}, "cut off"),
        ({"size": [3, 2], "counts": "oooooo0"}, "they fill"),
    ],
)
def test_damaged_run_lengths_are_refused(rle, fault):
    with pytest.raises(MaskError, match=fault):
        decode_rle(rle, 2, 3)


@given(st.text(max_size=30))
def test_no_text_does_harm(text):
    with contextlib.suppress(MaskError):
        assert decode_rle({"size": [5, 4], "counts": text}, 4, 5).shape == (5, 4)


@given(masks, st.integers(0, 5), st.integers(0, 5), st.integers(0, 5), st.integers(0, 5))
def test_a_part_is_encoded_as_the_whole_mask_is(part, top, bottom, left, right):
    whole = np.pad(part, ((top, bottom), (left, right)))
    encoded = encode_rle(part, top=top, left=left, size=whole.shape)
    assert encoded["counts"].encode() == coco_mask.encode(np.asfortranarray(whole))["counts"]


def test_parts_larger_than_what_is_read_at_once(monkeypatch):
    monkeypatch.setattr(run_lengths, "_PIXELS_AT_ONCE", 10)
    part = (np.arange(99).reshape(9, 11) % 5 > 1).astype(np.uint8)
    encoded = encode_rle(part, left=2, size=(9, 20))
    np.testing.assert_array_equal(decode_rle(encoded, 20, 9), np.pad(part, ((0, 0), (2, 7))))
