"""Run lengths of COCO, compressed or not: a mask column by column, beginning with background."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from crack_pipeline.masks.outlines import refuse_annotation
from crack_pipeline.types import BinaryMask

_FIRST_CHARACTER = 48
_MAX_GROUPS = 8
"""Eight groups hold 40 bits, more than any mask has pixels."""
_PIXELS_AT_ONCE = 4_000_000
_WHOLE = re.compile(r"\s*([+-]?\d{1,300})(\.0*)?\s*")


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


def encode_rle(
    mask: BinaryMask,
    *,
    compressed: bool = True,
    top: int = 0,
    left: int = 0,
    size: tuple[int, ...] | None = None,
) -> dict[str, Any]:
    """Encode a mask by run lengths, or that of a photo which is empty but for one part.

    Args:
        mask: (h, w) of {0, 1}.
        compressed: As a text; else as a list of lengths.
        top: Row of the photo where the mask begins.
        left: Column of the photo where it begins.
        size: Height and width of the photo; None for those of the mask.

    Returns:
        ``size`` and ``counts``, ready for JSON.

    >>> encode_rle(np.ones((1, 2), np.uint8), top=1, size=(2, 3))
    {'size': [2, 3], 'counts': '11101'}
    """
    height_px, width_px = (int(side) for side in size or mask.shape)
    starts, ends = (
        np.concatenate(parts) + (left * height_px + top)
        for parts in zip(*_find_runs(mask, height_px), strict=True)
    )
    # What reaches the bottom of one column goes on at the top of the next.
    joined = np.flatnonzero(ends[:-1] == starts[1:])
    starts, ends = np.delete(starts, joined + 1), np.delete(ends, joined)
    borders = np.unique(np.append(np.column_stack([starts, ends]), height_px * width_px))
    rle: dict[str, Any] = {"size": [height_px, width_px]}
    rle["counts"] = np.diff(borders, prepend=0).tolist()
    if compressed:
        encoded = coco_mask.frPyObjects(rle, height_px, width_px)
        rle["counts"] = encoded["counts"].decode("ascii")
    return rle


def _find_runs(
    mask: BinaryMask, height_px: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Where runs begin and end, column by column, some columns at a time."""
    step = max(1, _PIXELS_AT_ONCE // len(mask))
    for first in range(0, mask.shape[1], step):
        part = np.pad(mask[:, first : first + step].T > 0, ((0, 0), (1, 1))).astype(np.int8)
        changes = np.diff(part, axis=1)
        columns, rows = np.nonzero(changes)
        places = (columns + first) * height_px + rows
        yield places[::2], places[1::2]


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
