import cv2
import numpy as np
import pytest
from tests.sources.layouts_annotated import save_regions

from crack_pipeline.errors import ImageReadError, MaskError, ParameterError
from crack_pipeline.masks.annotations import read_annotation
from crack_pipeline.masks.coco import describe_segmentations
from crack_pipeline.masks.yolo import YoloClasses, encode_yolo, write_yolo_label

MASK = np.zeros((6, 9), np.uint8)
MASK[2:4, 1:8] = 1


def test_each_format_gives_the_same_mask(tmp_path):
    write_yolo_label(tmp_path / "a.txt", MASK)
    save_regions(tmp_path / "a.mat", MASK + 1)
    cv2.imwrite(str(tmp_path / "a.png"), MASK * 255)
    outline = [[1, 2, 8, 2, 8, 4, 1, 4]]
    coco = describe_segmentations([outline], width_px=9, height_px=6)
    for path, mask_format, annotation in (
        (tmp_path / "a.txt", "yolo", ""),
        (tmp_path / "a.mat", "crackforest", ""),
        (tmp_path / "a.png", "image", ""),
        (tmp_path / "instances.json", "coco", coco),
    ):
        decoded = read_annotation(path, mask_format, annotation, 9, 6)
        np.testing.assert_array_equal(decoded.mask, MASK, err_msg=mask_format)


def test_bytes_are_read_like_the_file():
    decoded = read_annotation(encode_yolo(MASK).encode(), "yolo", "", 9, 6)
    np.testing.assert_array_equal(decoded.mask, MASK)


def test_empty_is_a_mask_without_crack():
    decoded = read_annotation(None, "empty", "", 9, 6)
    assert decoded.mask.shape == (6, 9)
    assert decoded.mask.dtype == np.uint8
    assert not decoded.mask.any()


def test_the_classes_of_a_label_travel_with_it():
    classes = YoloClasses(crack=(1,), other=(0,)).to_json()
    decoded = read_annotation(encode_yolo(MASK).encode(), "yolo", classes, 9, 6)
    assert not decoded.mask.any()
    assert decoded.mended == ("mask_other_classes_left_out",)


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(ImageReadError, match="unreadable file"):
        read_annotation(tmp_path / "none.txt", "yolo", "", 9, 6)
    with pytest.raises(ParameterError, match="needs the file's path"):
        read_annotation(None, "yolo", "", 9, 6)


def test_a_fault_is_an_error_of_the_mask():
    with pytest.raises(MaskError, match="bounding box"):
        read_annotation(b"0 0.5 0.5 0.1 0.1", "yolo", "", 9, 6)


def test_a_format_that_nobody_knows_is_an_error():
    with pytest.raises(ParameterError, match="'voc'"):
        read_annotation(b"", "voc", "", 9, 6)
