import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from pycocotools import mask as coco_mask

from crack_pipeline.errors import MaskError
from crack_pipeline.masks.coco import (
    coco_document,
    decode_coco,
    describe_segmentations,
)
from crack_pipeline.masks.run_lengths import read_whole_number

SQUARE = [2, 2, 6, 2, 6, 6, 2, 6]
CENTRE = np.pad(np.ones((4, 4), np.uint8), 2)

masks = st_numpy.arrays(
    np.uint8,
    st_numpy.array_shapes(min_dims=2, max_dims=2, max_side=16),
    elements=st.integers(0, 1),
)


def read(*segmentations, size=(8, 8)):
    annotation = describe_segmentations(segmentations, width_px=size[0], height_px=size[1])
    return decode_coco(annotation, 8, 8)


def read_back(document, mask):
    height, width = mask.shape
    segmentations = [one["segmentation"] for one in json.loads(json.dumps(document))["annotations"]]
    annotation = describe_segmentations(segmentations, width_px=width, height_px=height)
    return decode_coco(annotation, width, height)


@given(masks, st.sampled_from(["polygons", "rle"]))
def test_a_round_trip_changes_nothing(mask, outlines):
    decoded = read_back(coco_document([("a.jpg", mask)], outlines=outlines), mask)
    np.testing.assert_array_equal(decoded.mask, mask)
    assert decoded.mended == ()


@given(masks, st.sampled_from(["polygons", "rle"]))
def test_area_and_box_are_those_of_the_coco_tools(mask, outlines):
    height, width = mask.shape
    for one in coco_document([("a.jpg", mask)], outlines=outlines)["annotations"]:
        shape = one["segmentation"]
        rle = coco_mask.frPyObjects(shape, height, width)[0] if outlines == "polygons" else shape
        assert one["area"] == coco_mask.area(rle)
        assert one["bbox"] == coco_mask.toBbox(rle).tolist()


def test_a_document_numbers_photos_and_cracks():
    two = np.array([[1, 0, 1]], np.uint8)
    document = coco_document([("a.jpg", two), ("b c.jpg", two * 0), ("d.jpg", two)])
    assert [(one["id"], one["file_name"]) for one in document["images"]] == [
        (1, "a.jpg"),
        (2, "b c.jpg"),
        (3, "d.jpg"),
    ]
    assert (document["images"][0]["width"], document["images"][0]["height"]) == (3, 1)
    assert [(one["id"], one["image_id"]) for one in document["annotations"]] == [
        (1, 1),
        (2, 1),
        (3, 3),
        (4, 3),
    ]
    assert [one["name"] for one in document["categories"]] == ["crack"]


def test_polygons_and_run_lengths_are_united():
    corner = {"size": [8, 8], "counts": [0, 1, 63]}
    compressed = coco_mask.encode(np.asfortranarray(CENTRE))
    text = {"size": [8, 8], "counts": compressed["counts"].decode()}
    decoded = read([[0, 0, 3, 0, 3, 3, 0, 3], [7, 7, 8, 7, 8, 8, 7, 8]], corner, text)
    expected = CENTRE.copy()
    expected[:3, :3] = expected[7, 7] = 1
    np.testing.assert_array_equal(decoded.mask, expected)
    assert decoded.mended == ()


def test_no_annotation_is_no_crack():
    assert not read().mask.any()


def test_one_polygon_outside_a_list_is_read():
    np.testing.assert_array_equal(read(SQUARE).mask, CENTRE)


def test_points_slightly_outside_are_moved_to_the_border_and_reported():
    decoded = read([[-0.1, 0, 8.1, 0, 8, 8, 0, 8]])
    assert decoded.mask.all()
    assert decoded.mended == ("mask_points_clipped",)
    assert decoded.note == "2 points slightly outside the photo"


def test_polygons_for_another_size_are_scaled_if_the_sides_keep_their_ratio():
    decoded = read([[1, 1, 3, 1, 3, 3, 1, 3]], size=(4, 4))
    np.testing.assert_array_equal(decoded.mask, CENTRE)
    assert decoded.mended == ("mask_outlines_scaled",)
    assert decoded.note == "outlines made for 4×4 for 8×8 px"


def test_a_size_that_is_not_stated_is_the_photos():
    np.testing.assert_array_equal(read([SQUARE], size=(None, None)).mask, CENTRE)


POINTS = np.reshape(SQUARE, (4, 2)).tolist()
RLE = coco_mask.encode(np.asfortranarray(CENTRE))["counts"]


@pytest.mark.parametrize(
    "segmentation",
    [
        [str(number) for number in SQUARE],
        [[f" {number}.0" for number in SQUARE]],
        POINTS,
        [POINTS],
        [[POINTS]],
        [[SQUARE]],
        [[[SQUARE[:8]]]],
        [[point] for point in POINTS],
        [[[point] for point in POINTS]],
        [POINTS[:3], [POINTS[0], *POINTS[2:]]],
        [SQUARE * 2],
        {"size": ["8", 8.0], "counts": RLE.decode()},
        {"size": [8, 8], "counts": str(RLE)},
        [{"size": [8, 8], "counts": RLE.decode()}],
        {"size": [8, 8], "counts": [18.0, "4", 4, "4.0", 4, 4, 4.0, 4, 18]},
    ],
)
def test_every_form_of_an_outline_gives_the_same_mask(segmentation):
    np.testing.assert_array_equal(read(segmentation).mask, CENTRE)


@pytest.mark.parametrize("counts", [b"\\5'", b'\\5"', b"01"])
def test_bytes_written_as_text_are_read_like_the_bytes(counts):
    plain = counts.rstrip(b"'\"").decode()
    lengths = {"size": [8, 8], "counts": plain}, {"size": [8, 8], "counts": str(plain.encode())}
    faults = []
    for rle in lengths:
        with pytest.raises(MaskError) as caught:
            read(rle)
        faults.append(caught.value.received)
    assert faults[0] == faults[1]


@pytest.mark.parametrize(
    ("value", "number"),
    [(272, 272), (272.0, 272), ("272", 272), (" 272.00 ", 272), ("-1", -1), ("007", 7)]
    + [(one, None) for one in (272.5, "272.5", "large", "", "1_0", "9" * 5000, True, None, [272])]
    + [(float("nan"), None), (float("inf"), None)],
)
def test_whole_numbers_are_read_in_any_spelling(value, number):
    assert read_whole_number(value) == number


@pytest.mark.parametrize(
    ("segmentation", "fault"),
    [
        ([], "bounding box instead of an outline: annotation 2"),
        (None, "bounding box instead of an outline"),
        ("abc", "in a form that is not read: annotation 2 of the photo is text"),
        (5, "in a form that is not read: annotation 2 of the photo is a number"),
        ({"all_points_x": [1, 5, 5]}, "in a form that is not read: .* an object of all_points_x"),
        ([[2, 2, 6, 6]], "fewer than three points"),
        ([[]], "fewer than three points"),
        ([[2, 2, 6, 2, 6, 6, 2]], "odd number of coordinates: annotation 2 of the photo has 7"),
        ([[2, 2, 6, "a", 6, 6]], "not numbers"),
        ([[2, 2, 6, None, 6, 6]], "no finite number"),
        ([[2, 2, [6, 2], 6, 6]], "not numbers"),
        ([[2, 2, 6, float("nan"), 6, 6]], "no finite number"),
        ([[2, 2, 6, 1e400, 6, 6]], "no finite number"),
        ([[2, 2, 60, 2, 6, 6]], "far outside the photo"),
        ({"size": [9, 8], "counts": [72]}, "another size"),
        ({"size": [8, 8], "counts": [70]}, "they fill 70 of 64"),
        ({"size": [8, 8], "counts": [64]}, "without crack: annotation 2"),
        ({"size": [8], "counts": [64]}, "another size"),
        ([[[[[[POINTS, SQUARE], SQUARE], SQUARE], SQUARE], SQUARE], SQUARE], "not numbers"),
        ([POINTS, [SQUARE, 3]], "not numbers"),
        ([{"x": 2, "y": 2}, {"x": 6, "y": 2}], "in a form that is not read: .* an object of x, y"),
        ({}, "bounding box"),
    ],
)
def test_a_faulty_annotation_sets_the_mask_aside(segmentation, fault):
    with pytest.raises(MaskError, match=fault):
        read([SQUARE], segmentation)


@pytest.mark.parametrize("size", [(8, 9), (9, 8), (0, 0), (-8, -8), (4, 8)])
def test_annotations_for_another_size_are_refused(size):
    with pytest.raises(MaskError, match="another size"):
        read([SQUARE], size=size)


def test_shares_instead_of_pixels_are_refused():
    with pytest.raises(MaskError, match="shares"):
        read([[0.25, 0.25, 0.75, 0.25, 0.75, 0.75]], [[0, 0, 1, 0, 1, 1]])
    assert read([[0, 0, 1, 0, 1, 1, 0, 1]]).mask.sum() == 1


def test_run_lengths_are_not_scaled():
    with pytest.raises(MaskError, match="run lengths for another size"):
        read({"size": [4, 4], "counts": [16]}, size=(4, 4))
