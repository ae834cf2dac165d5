"""Masks from and to COCO instance annotations.

An annotation's polygons follow the convention of ``masks.outlines``, which is COCO's own (a box
[0, 0, 1, 1] encloses the first pixel). They know no holes, so holes are bridged. All annotations of
a photo are united, those of crowds (``iscrowd``) too: they are cracks that nobody counted.

What travels from the listing to here is one JSON text a photo::

    {"size": [height, width] or null, "segmentations": [polygons or run lengths, …]}

Source:
    https://cocodataset.org/#format-data
"""

import json
import math
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any, Literal

import cv2
import numpy as np

from crack_pipeline.errors import MaskError
from crack_pipeline.masks.outlines import (
    POINTS_CLIPPED,
    Polygon,
    bridge_holes,
    clip_to_photo,
    fill_rings,
    mask_to_polygons,
    note_counts,
    refuse_annotation,
    scale_to_pixels,
)
from crack_pipeline.masks.run_lengths import decode_rle, encode_rle
from crack_pipeline.masks.settings import DecodedMask
from crack_pipeline.masks.tracing import Ring, ring_area
from crack_pipeline.storage import name_json_kind
from crack_pipeline.types import BinaryMask

_DEEPEST = 4
"""Lists of outlines of points have three levels."""
_TOO_DEEP = "outlines nested without end"
_OTHER_FORM = "outline in a form that is not read"
_KEYS_NAMED = 4


CRACK_CATEGORY = {"id": 1, "name": "crack", "supercategory": "damage"}


def describe_segmentations(
    segmentations: Iterable[object], *, width_px: int | None, height_px: int | None
) -> str:
    """Write what a COCO file says of one photo as the annotation that travels with it.

    Args:
        segmentations: The field ``segmentation`` of each annotation that shows crack.
        width_px: Width that the file states; None for none.
        height_px: Height that it states.

    Returns:
        JSON without spaces.

    Raises:
        MaskError: If they are nested too deeply.
    """
    record = {
        "size": None if width_px is None or height_px is None else [height_px, width_px],
        "segmentations": list(segmentations),
    }
    try:
        return json.dumps(record, separators=(",", ":"))
    except RecursionError as error:
        raise refuse_annotation(_TOO_DEEP) from error


def decode_coco(annotation: str, width_px: int, height_px: int) -> DecodedMask:
    """Draw the mask that annotations describe.

    Args:
        annotation: As ``describe_segmentations`` writes it.
        width_px: Of the upright photo.
        height_px: Of the upright photo.

    Returns:
        The mask, and what was mended, with sizes and counts in the note.

    Raises:
        MaskError: If an annotation has no outline, lies far outside, is damaged, shows no crack,
            or was made for a photo of another size.
    """
    try:
        record = json.loads(annotation)
    except RecursionError as error:
        raise refuse_annotation(_TOO_DEEP) from error
    shapes = [
        (shape, where)
        for number, segmentation in enumerate(record["segmentations"], start=1)
        for where in [f"annotation {number} of the photo"]
        for shape in _read_shapes(segmentation, where)
    ]
    stated = record["size"] or [height_px, width_px]
    if stated == [width_px, height_px] and all(isinstance(shape, dict) for shape, _ in shapes):
        stated = [height_px, width_px]  # run lengths state the raster that they were made on
    scaled = _compare_sizes(stated, width_px, height_px)
    mask = np.zeros((height_px, width_px), np.uint8)
    rings: list[Ring] = []
    n_clipped = 0
    for shape, where in shapes:
        if isinstance(shape, dict):
            from_runs = decode_rle(shape, width_px, height_px)
            if not from_runs.any():
                raise refuse_annotation(f"run lengths without crack: {where}")
            mask |= from_runs
            continue
        shares, clipped = clip_to_photo(shape / (stated[1], stated[0]), where)
        rings.append(scale_to_pixels(shares, width_px, height_px))
        n_clipped += clipped
    filled, drawn = fill_rings(rings, width_px, height_px)
    mended, counted = note_counts({POINTS_CLIPPED: n_clipped, **drawn})
    if scaled:
        mended = ("mask_outlines_scaled", *mended)
    return DecodedMask(mask | filled, mended, ", ".join(filter(None, (scaled, counted))))


def find_farthest(segmentation: object) -> float:
    """Find the greatest coordinate of an annotation's polygons.

    Args:
        segmentation: As it stands in the file.

    Returns:
        Infinite where there are run lengths or negative numbers; 0 where it cannot be read.
    """
    try:
        shapes = _read_shapes(segmentation, "")
    except MaskError:
        return 0.0
    rings = [shape for shape in shapes if not isinstance(shape, dict)]
    if len(rings) < len(shapes) or not all((ring >= 0).all() for ring in rings):
        return math.inf
    return max(float(ring.max(initial=0)) for ring in rings)


def coco_document(
    photos: Iterable[tuple[str, BinaryMask]],
    *,
    outlines: Literal["polygons", "rle"] = "polygons",
    tolerance_px: float = 0.0,
) -> dict[str, Any]:
    """Describe masks as one COCO instance document, one annotation a crack.

    Args:
        photos: ``file_name`` and mask of each photo.
        outlines: ``polygons``, with bridged holes, or ``rle``, compressed run lengths.
        tolerance_px: How far polygons may stray from the mask to need fewer corners; 0 is exact.

    Returns:
        The document, ready for JSON.
    """
    return assemble_coco(
        (file_name, *mask.shape, _shapes(mask, outlines, tolerance_px))
        for file_name, mask in photos
    )


def assemble_coco(
    photos: Iterable[tuple[str, int, int, Iterable[Mapping[str, Any]]]],
) -> dict[str, Any]:
    """Put photos and their annotations together, and number them.

    Args:
        photos: ``file_name``, height, width and annotations of each photo.

    Returns:
        A COCO instance document, ready for JSON.
    """
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id, (file_name, height, width, shapes) in enumerate(photos, start=1):
        size = {"width": int(width), "height": int(height)}
        images.append({"id": image_id, "file_name": file_name, **size})
        for shape in shapes:
            number = len(annotations) + 1
            annotations.append({"id": number, "image_id": image_id, "category_id": 1, **shape})
    return {
        "info": {"description": "Crack masks"},
        "licenses": [],
        "images": images,
        "annotations": annotations,
        "categories": [CRACK_CATEGORY],
    }


def _compare_sizes(stated: list[int], width_px: int, height_px: int) -> str:
    """Say that sizes differ, if they do: polygons may be scaled where sides keep their ratio."""
    height, width = stated
    if (width, height) == (width_px, height_px):
        return ""
    sizes = f"{width}×{height} for {width_px}×{height_px} px"
    if min(width, height) <= 0 or width * height_px != height * width_px:
        raise refuse_annotation(f"annotations for a photo of another size: {sizes}")
    return f"outlines made for {sizes}"


def _read_shapes(segmentation: object, where: str) -> list[Ring | dict[str, Any]]:
    """Outlines and run lengths: alone, in a list, or in lists of lists as some tools write them."""
    if segmentation in (None, "", [], {}):
        raise refuse_annotation(f"bounding box instead of an outline: {where}")
    if not isinstance(segmentation, list | dict):
        raise refuse_annotation(f"{_OTHER_FORM}: {where} is {name_json_kind(segmentation)}")
    return _flatten(segmentation, where, _DEEPEST)


def _flatten(part: Any, where: str, levels: int) -> list[Ring | dict[str, Any]]:
    if isinstance(part, dict):
        if not part.keys() & {"size", "counts"}:
            keys = ", ".join(list(part)[:_KEYS_NAMED]) or "nothing"
            raise refuse_annotation(f"{_OTHER_FORM}: {where} has an object of {keys}")
        return [part]
    while part and all(_is_list(one, 1) and isinstance(one[0], list) for one in part):
        part = [one[0] for one in part]  # points as OpenCV nests them
    if all(_is_list(one, 2) and not isinstance(one[0], list | dict) for one in part):
        return [_read_ring(list(chain.from_iterable(part)), where)]
    if not any(isinstance(one, list | dict) for one in part):
        return [_read_ring(part, where)]
    if levels == 0 or not all(isinstance(one, list | dict) for one in part):
        raise refuse_annotation(f"outline that is not numbers: {where}")
    return [shape for one in part for shape in _flatten(one, where, levels - 1)]


def _is_list(value: object, length: int) -> bool:
    return isinstance(value, list) and len(value) == length


def _read_ring(numbers: list[object], where: str) -> Ring:
    try:
        flat = np.array(numbers, np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise refuse_annotation(f"outline that is not numbers: {where}") from error
    if flat.ndim != 1:
        raise refuse_annotation(f"outline that is not numbers: {where}")
    if flat.size % 2:
        raise refuse_annotation(f"odd number of coordinates: {where} has {flat.size}")
    if ((flat >= 0) & (flat <= 1)).all() and (flat % 1).any():
        raise refuse_annotation(f"outline in shares of the sides instead of pixels: {where}")
    return flat.reshape(-1, 2)


def _shapes(mask: BinaryMask, outlines: str, tolerance_px: float) -> list[dict[str, Any]]:
    if outlines == "rle":
        count, labels, boxes, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        return [
            describe_shape(encode_rle((labels == one).astype(np.uint8)), box[4], box[:4])
            for one, box in zip(range(1, count), boxes[1:], strict=True)
        ]
    return [_polygon_shape(one) for one in mask_to_polygons(mask, tolerance_px=tolerance_px)]


def _polygon_shape(polygon: Polygon) -> dict[str, Any]:
    ring = bridge_holes(polygon)
    area = ring_area(polygon.outline) + sum(map(ring_area, polygon.holes))
    low, high = polygon.outline.min(axis=0), polygon.outline.max(axis=0)
    return describe_shape([ring.ravel().tolist()], area, [*low, *(high - low)])


def describe_shape(segmentation: object, area: float, box: Iterable[float]) -> dict[str, Any]:
    """An annotation without its numbers; the box is left, top, width and height."""
    return {
        "segmentation": segmentation,
        "area": float(area),
        "bbox": [float(side) for side in box],
        "iscrowd": 0,
    }
