"""COCO's run lengths: a mask read column by column, as the lengths of runs of 0 and 1 in turn.

Compressed, each length beyond the third is stored as the difference to the one two before it, in
groups of five bits, lowest first, each written as one character from ``0`` on.

Decoding is done here and not by ``pycocotools``, which trusts what it is given: lengths from
somebody's file must not write beyond the mask.

Source:
    Dollár, P., Lin, T.-Y. (2015), ``maskApi.c`` of the COCO API, https://github.com/cocodataset/cocoapi
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from crack_pipeline.masks.outlines import refuse_annotation
from crack_pipeline.types import BinaryMask

_FIRST_CHARACTER = 48
_MAX_GROUPS = 8
"""Eight groups hold 40 bits, more than any mask has pixels."""


def decode_rle(rle: dict[str, Any], width_px: int, height_px: int) -> BinaryMask:
    """Decode run lengths, compressed or not.

    Args:
        rle: ``size``, as height and width, and ``counts``, a list or a compressed text.
        width_px: Of the photo.
        height_px: Of the photo.

    Returns:
        (H, W) uint8 of {0, 1}.

    Raises:
        MaskError: If the size is another than the photo's, or the lengths do not fill it.
    """
    size, counts = rle.get("size"), rle.get("counts")
    if size != [height_px, width_px]:
        raise refuse_annotation(
            f"run lengths for another size: {size} of [{height_px}, {width_px}]"
        )
    lengths = _decompress(counts) if isinstance(counts, str) else _require_lengths(counts)
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


def _require_lengths(counts: object) -> Sequence[int]:
    if isinstance(counts, list) and all(type(length) is int for length in counts):
        return counts
    raise refuse_annotation("damaged run lengths: not a list of whole numbers")


def _decompress(text: str) -> list[int]:
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
