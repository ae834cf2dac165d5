"""Round trips of every real mask, where ``CRACK_DATA_ROOT`` names a folder with ``deepcrack``."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from crack_pipeline.masks.annotations import read_annotation
from crack_pipeline.masks.coco import coco_document, describe_segmentations
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.masks.yolo import encode_yolo


@pytest.fixture(scope="module", params=["train_lab", "test_lab"])
def real_masks(request):
    root = os.environ.get("CRACK_DATA_ROOT")
    if not root or not (Path(root) / "deepcrack").is_dir():
        pytest.skip("CRACK_DATA_ROOT names no folder with deepcrack")
    return [
        read_mask(path) for path in sorted((Path(root) / "deepcrack" / request.param).iterdir())
    ]


def require_same(masks, encode, mask_format):
    """Required is an IoU of 0.95 for cracks at least 3 px wide; it is 1 for all of them."""
    assert len(masks) in (300, 237)
    for mask in masks:
        height, width = mask.shape
        data, annotation = encode(mask)
        decoded = read_annotation(data, mask_format, annotation, width, height)
        np.testing.assert_array_equal(decoded.mask, mask)
        assert decoded.mended == ()


def test_yolo_labels_keep_every_pixel(real_masks):
    require_same(real_masks, lambda mask: (encode_yolo(mask).encode(), ""), "yolo")


def test_half_a_pixel_of_tolerance_keeps_every_pixel(real_masks):
    for mask in real_masks[::10]:
        height, width = mask.shape
        label = encode_yolo(mask, tolerance_px=0.5).encode()
        np.testing.assert_array_equal(read_annotation(label, "yolo", "", width, height).mask, mask)


@pytest.mark.parametrize("outlines", ["polygons", "rle"])
def test_coco_annotations_keep_every_pixel(real_masks, outlines):
    def encode(mask):
        document = json.loads(json.dumps(coco_document([("a.png", mask)], outlines=outlines)))
        shapes = [one["segmentation"] for one in document["annotations"]]
        height, width = mask.shape
        return None, describe_segmentations(shapes, width_px=width, height_px=height)

    require_same(real_masks, encode, "coco")
