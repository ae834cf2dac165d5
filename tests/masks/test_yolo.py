import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from crack_pipeline.errors import MaskError, StorageError
from crack_pipeline.masks.yolo import YoloClasses, decode_yolo, encode_yolo, write_yolo_label

SQUARE = "0 0.25 0.25 0.75 0.25 0.75 0.75 0.25 0.75"
CENTRE = np.pad(np.ones((4, 4), np.uint8), 2)

masks = st_numpy.arrays(
    np.uint8,
    st_numpy.array_shapes(min_dims=2, max_dims=2, max_side=16),
    elements=st.integers(0, 1),
)


def read(text, classes=None):
    return decode_yolo(text.encode() if isinstance(text, str) else text, 8, 8, classes=classes)


@given(masks)
def test_a_round_trip_changes_nothing(mask):
    height, width = mask.shape
    decoded = decode_yolo(encode_yolo(mask).encode(), width, height)
    np.testing.assert_array_equal(decoded.mask, mask)
    assert decoded.mended == ()


def test_a_wide_photo_keeps_its_pixels():
    mask = np.zeros((2, 20_000), np.uint8)
    mask[1, 12_345] = mask[0, 19_999] = 1
    decoded = decode_yolo(encode_yolo(mask).encode(), 20_000, 2)
    np.testing.assert_array_equal(decoded.mask, mask)


def test_an_outline_is_filled():
    decoded = read(SQUARE)
    np.testing.assert_array_equal(decoded.mask, CENTRE)
    assert decoded.mask.dtype == np.uint8
    assert (decoded.mended, decoded.note) == ((), "")


@pytest.mark.parametrize("n_walks", [2, 4])
@pytest.mark.parametrize("closed", ["", " 0.25 0.25"])
def test_an_outline_walked_several_times_is_filled(n_walks, closed):
    decoded = read("0" + (SQUARE[1:] + closed) * n_walks)
    np.testing.assert_array_equal(decoded.mask, CENTRE)
    assert decoded.mended == ("mask_outlines_walked_twice",)


@pytest.mark.parametrize("text", ["", "\n", " \r\n\r\n"])
def test_no_line_is_no_crack(text):
    decoded = read(text)
    assert not decoded.mask.any()
    assert decoded.mended == ()


@pytest.mark.parametrize(
    ("data", "mended"),
    [
        (SQUARE.encode() + b"\r\n\r\n", ()),
        (SQUARE.replace(" ", "\t").encode() + b"\r", ()),
        (b"\xef\xbb\xbf" + SQUARE.encode(), ("mask_byte_order_mark",)),
        (SQUARE.encode("utf-16"), ("mask_byte_order_mark",)),
        (SQUARE.replace(" ", ",").encode(), ("mask_commas",)),
        (SQUARE.replace(" ", ", ").encode(), ("mask_commas",)),
        (SQUARE.replace("0 ", "0.0 ", 1).encode(), ()),
    ],
)
def test_ways_of_writing_numbers_are_read(data, mended):
    decoded = read(data)
    np.testing.assert_array_equal(decoded.mask, CENTRE)
    assert decoded.mended == mended


def test_points_slightly_outside_are_moved_to_the_border_and_reported():
    decoded = read("0 -0.01 0 1.015 0 1 1 0 1.0001")
    assert decoded.mask.all()
    assert decoded.mended == ("mask_points_clipped",)
    assert decoded.note == "3 points slightly outside the photo"


def test_an_outline_thinner_than_a_pixel_is_kept_and_reported():
    decoded = read("0 0.1 0.51 0.9 0.51 0.9 0.52 0.1 0.52")
    assert decoded.mask.sum() == 8
    assert decoded.mended == ("mask_thin_lines_drawn",)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("0 0.5 0.5 0.2 0.2", "bounding box instead of an outline: line 2"),
        ("0 0.5 0.5", "fewer than three points: line 2"),
        ("0", "fewer than three points: line 2"),
        ("0 0.1 0.1 0.9 0.1 0.9 0.9 0.1", "odd number of coordinates: line 2 has 7"),
        ("0 0.1 0.1 0.9 abc 0.9 0.9", "not numbers: line 2, '0 0.1 0.1 0.9 abc"),
        ("crack 0.1 0.1 0.9 0.1 0.9 0.9", "not numbers: line 2"),
        ("0 0.1 nan 0.9 0.1 0.9 0.9", "no finite number: line 2"),
        ("0 0.1 inf 0.9 0.1 0.9 0.9", "no finite number: line 2"),
        ("0 0.1 0.1 1.4 0.1 0.9 0.9", r"far outside the photo: line 2 reaches 1\.4, 0\.1"),
        ("0 10 10 300 10 300 200", "far outside the photo: line 2 reaches 300"),
        ("0 0.1 -0.5 0.9 0.1 0.9 0.9", "far outside"),
        ("-1 0.1 0.1 0.9 0.1 0.9 0.9", "class that is no whole number: line 2"),
        ("0.5 0.1 0.1 0.9 0.1 0.9 0.9", "class that is no whole number: line 2"),
        ("nan 0.1 0.1 0.9 0.1 0.9 0.9", "class that is no whole number: line 2"),
    ],
)
def test_a_faulty_line_sets_the_mask_aside(line, fault):
    with pytest.raises(MaskError, match=fault):
        read(f"{SQUARE}\n{line}\n")


@pytest.mark.parametrize("data", [b"\xff\xd8\xff\xe0\x00\x10JFIF", b"\xff\xfe\x00"])
def test_what_is_no_text_is_refused(data):
    with pytest.raises(MaskError, match="no text"):
        read(data)


def test_other_classes_are_left_out_and_reported():
    classes = YoloClasses(crack=(1,), other=(0, 2))
    both = f"1{SQUARE[1:]}\n0 0 0 1 0 1 1 0 1\n2 0.5 0.5 0.1 0.1\n"
    decoded = read(both, classes)
    np.testing.assert_array_equal(decoded.mask, CENTRE)
    assert decoded.mended == ("mask_other_classes_left_out",)
    assert decoded.note == "2 outlines of other classes"


def test_a_class_that_nobody_names_is_refused():
    with pytest.raises(MaskError, match="class without a name: line 1, 7"):
        read(f"7{SQUARE[1:]}", YoloClasses(crack=(0,), other=(1,)))


@pytest.mark.parametrize("classes", [YoloClasses(), YoloClasses((0, 2), (1,)), YoloClasses((), ())])
def test_classes_travel_as_text(classes):
    assert YoloClasses.from_json(classes.to_json()) == classes


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_no_text_does_harm(text):
    with contextlib.suppress(MaskError):
        assert read(text).mask.shape == (8, 8)


def test_a_label_file_is_written_where_its_folder_is_missing(tmp_path):
    path = tmp_path / "labels" / "mur été 🌉.txt"
    write_yolo_label(path, CENTRE, class_id=3)
    assert path.read_text(encoding="utf-8").startswith("3 0.250000 0.250000 ")
    write_yolo_label(path, np.zeros((8, 8), np.uint8))
    assert path.read_bytes() == b""


def test_a_label_file_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "labels").write_text("a file")
    with pytest.raises(StorageError, match="labels"):
        write_yolo_label(tmp_path / "labels" / "a.txt", CENTRE)
