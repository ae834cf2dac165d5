"""Masks from and to COCO instance annotations: polygons and run lengths.

An annotation's polygons follow the convention of ``masks.outlines``, which is COCO's own (a box
[0, 0, 1, 1] encloses the first pixel). They know no holes, so holes are bridged. All annotations of
a photo are united, those of crowds (``iscrowd``) too: they are cracks that nobody counted.

What travels from the listing to here is one JSON text a photo::

    {"size": [height, width] or null, "segmentations": [polygons or run lengths, …]}

Source:
    https://cocodataset.org/#format-data
"""

import json
import re
from collections.abc import Iterable
from itertools import chain
from typing import Any, Literal

import cv2
import numpy as np
from pycocotools import mask as coco_mask

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
from crack_pipeline.masks.settings import DecodedMask
from crack_pipeline.masks.tracing import Ring, ring_area
from crack_pipeline.types import BinaryMask

_FIRST_CHARACTER = 48
_MAX_GROUPS = 8
"""Eight groups hold 40 bits, more than any mask has pixels."""
_WHOLE = re.compile(r"\s*([+-]?\d{1,300})(\.0*)?\s*")
_DEEPEST = 4
"""Lists of outlines of points have three levels."""
_TOO_DEEP = "outlines nested without end"


def read_whole_number(value: object) -> int | None:
    """Read a whole number in any of the spellings that JSON files have.

    Args:
        value: 272, 272.0, "272" or "272.0".

    Returns:
        The number; None for whatever else, such as 272.5, true or "large".
    """
    if isinstance(value, str):
        match = _WHOLE.fullmatch(value)
        return int(match[1]) if match else None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if type(value) is int else None


def decode_rle(rle: dict[str, Any], width_px: int, height_px: int) -> BinaryMask:
    """Decode run lengths, compressed or not.

    Args:
        rle: ``size``, as height and width, and ``counts``, a list or a compressed text; numbers
            in any spelling.
        width_px: Of the photo.
        height_px: Of the photo.

    Returns:
        (H, W) uint8 of {0, 1}.

    Raises:
        MaskError: If the size is another than the photo's, or the lengths do not fill it.
    """
    size, counts = rle.get("size"), rle.get("counts")
    sides = list(map(read_whole_number, size)) if isinstance(size, list) else None
    if sides != [height_px, width_px]:
        raise refuse_annotation(
            f"run lengths for another size: {size} of [{height_px}, {width_px}]"
        )
    lengths = _decompress(counts) if isinstance(counts, str) else _read_lengths(counts)
    if sum(lengths) != width_px * height_px or min(lengths, default=0) < 0:
        raise refuse_annotation(
            f"damaged run lengths: they fill {sum(lengths)} of {width_px * height_px} pixels"
        )
    values = (np.arange(len(lengths)) & 1).astype(np.uint8)
    return np.repeat(values, lengths).reshape(width_px, height_px).T.copy()


def encode_rle(mask: BinaryMask, *, compressed: bool = True) -> dict[str, Any]:
    """Encode a mask by run lengths.

    Args:
        mask: (H, W) of {0, 1}.
        compressed: As a text; else as a list of lengths.

    Returns:
        ``size`` and ``counts``, ready for JSON.
    """
    size = [int(side) for side in mask.shape]
    if compressed:
        encoded = coco_mask.encode(np.asfortranarray(mask, dtype=np.uint8))
        return {"size": size, "counts": encoded["counts"].decode("ascii")}
    flat = np.concatenate([[0], mask.T.ravel() > 0, [2]])
    changes = np.flatnonzero(np.diff(flat))
    return {"size": size, "counts": np.diff(changes, prepend=0).tolist()}


def _read_lengths(counts: object) -> list[int]:
    given = counts if isinstance(counts, list) else [None]
    lengths = [length for one in given if (length := read_whole_number(one)) is not None]
    if len(lengths) < len(given):
        raise refuse_annotation("damaged run lengths: not a list of whole numbers")
    return lengths


def _decompress(text: str) -> list[int]:
    if text[:2] in ("b'", 'b"'):  # bytes that Python wrote as text
        text = text[2:-1].replace("\\\\", "\\")
    lengths: list[int] = []
    value = shift = 0
    for character in text:
        group = ord(character) - _FIRST_CHARACTER
        if not 0 <= group < 64 or shift >= 5 * _MAX_GROUPS:
            raise refuse_annotation("damaged run lengths: not COCO's compressed text")
        value |= (group & 0x1F) << shift
        shift += 5
        if group & 0x20:
            continue
        if group & 0x10:
            value -= 1 << shift
        lengths.append(value + lengths[-2] if len(lengths) > 2 else value)
        value = shift = 0
    if shift:
        raise refuse_annotation("damaged run lengths: the text is cut off")
    return lengths


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
    stated = record["size"] or [height_px, width_px]
    scaled = _compare_sizes(stated, width_px, height_px)
    mask = np.zeros((height_px, width_px), np.uint8)
    rings: list[Ring] = []
    n_clipped = 0
    for number, segmentation in enumerate(record["segmentations"], start=1):
        where = f"annotation {number} of the photo"
        for shape in _read_shapes(segmentation, where):
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
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id, (file_name, mask) in enumerate(photos, start=1):
        height, width = (int(side) for side in mask.shape)
        images.append({"id": image_id, "file_name": file_name, "width": width, "height": height})
        for shape in _shapes(mask, outlines, tolerance_px):
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
    if not isinstance(segmentation, list | dict) or not segmentation:
        raise refuse_annotation(f"bounding box instead of an outline: {where}")
    return _flatten(segmentation, where, _DEEPEST)


def _flatten(part: Any, where: str, levels: int) -> list[Ring | dict[str, Any]]:
    if isinstance(part, dict):
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
            _shape(encode_rle((labels == one).astype(np.uint8)), box[4], box[:4])
            for one, box in zip(range(1, count), boxes[1:], strict=True)
        ]
    return [_polygon_shape(one) for one in mask_to_polygons(mask, tolerance_px=tolerance_px)]


def _polygon_shape(polygon: Polygon) -> dict[str, Any]:
    ring = bridge_holes(polygon)
    area = ring_area(polygon.outline) + sum(map(ring_area, polygon.holes))
    low, high = polygon.outline.min(axis=0), polygon.outline.max(axis=0)
    return _shape([ring.ravel().tolist()], area, [*low, *(high - low)])


def _shape(segmentation: object, area: float, box: Iterable[float]) -> dict[str, Any]:
    return {
        "segmentation": segmentation,
        "area": float(area),
        "bbox": [float(side) for side in box],
        "iscrowd": 0,
    }
