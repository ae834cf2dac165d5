"""Masks from and to YOLO segmentation labels.

One text file a photo, one line a crack: the class, then x and y of each corner as shares of the
photo's width and height, by the convention of ``masks.outlines``. YOLO knows no holes, so they are
bridged; several lines are united.

A faulty line sets the whole mask aside, because a mask that lacks one of its cracks teaches what is
wrong. Only what changes nothing is mended: points slightly outside the photo, commas between
numbers, a byte order mark.

Source:
    https://docs.ultralytics.com/datasets/segment/
"""

import codecs
import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from crack_pipeline.errors import MaskError
from crack_pipeline.masks.outlines import (
    OTHER_CLASSES_LEFT_OUT,
    POINTS_CLIPPED,
    bridge_holes,
    clip_to_photo,
    fill_rings,
    mask_to_polygons,
    note_counts,
    refuse_annotation,
    scale_to_pixels,
)
from crack_pipeline.masks.settings import DecodedMask
from crack_pipeline.masks.tracing import Ring
from crack_pipeline.storage import explain_write_errors, write_bytes_aside
from crack_pipeline.types import BinaryMask

_BOX_VALUES = 5
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class YoloClasses:
    """Names of the classes that are cracks.

    Attributes:
        crack: Their numbers; None where every class is.
        other: Numbers of the classes that are named otherwise.
    """

    crack: tuple[int, ...] | None = None
    other: tuple[int, ...] = ()

    def to_json(self) -> str:
        """Write it as the annotation that travels with a listed photo."""
        if self.crack is None:
            return ""
        return json.dumps({"crack": self.crack, "other": self.other}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "YoloClasses":
        """Read what ``to_json`` wrote; every class is crack where it wrote nothing."""
        if not text:
            return cls()
        record = json.loads(text)
        return cls(tuple(record["crack"]), tuple(record["other"]))


def decode_yolo(
    data: bytes, width_px: int, height_px: int, *, classes: YoloClasses | None = None
) -> DecodedMask:
    """Draw the mask that a label file describes.

    Args:
        data: The file's bytes; without any line, the photo has no crack.
        width_px: Of the upright photo.
        height_px: Of the upright photo.
        classes: Which classes are cracks; by default all.

    Returns:
        The mask, and what was mended, with counts in the note.

    Raises:
        MaskError: If a line is no outline, lies far outside, or has a class that nobody names.
    """
    text, mended = _decode_text(data)
    rings: list[Ring] = []
    n_clipped = n_other = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        values = _read_numbers(line, number)
        if not _is_crack(values[0], number, classes or YoloClasses()):
            n_other += 1
            continue
        shares, clipped = clip_to_photo(_pair_up(values[1:], number), f"line {number}")
        n_clipped += clipped
        rings.append(scale_to_pixels(shares, width_px, height_px))
    mask, drawn = fill_rings(rings, width_px, height_px)
    counts = {POINTS_CLIPPED: n_clipped, OTHER_CLASSES_LEFT_OUT: n_other, **drawn}
    names, note = note_counts(counts)
    return DecodedMask(mask, (*mended, *names), note)


def read_class_numbers(data: bytes) -> set[int]:
    """Read which classes a label file holds, without a look at its outlines.

    Args:
        data: The file's bytes.

    Returns:
        The whole numbers that lines begin with; none of a file that is no text.
    """
    try:
        lines = _decode_text(data)[0].splitlines()
    except MaskError:
        return set()
    found = (re.match(r"\s*(\d{1,9})(?:\.0*)?\s", line) for line in lines)
    return {int(match[1]) for match in found if match}


def encode_yolo(mask: BinaryMask, *, class_id: int = 0, tolerance_px: float = 0.0) -> str:
    """Describe a mask by the lines of a label file.

    Args:
        mask: (H, W) of {0, 1}.
        class_id: Number of the class *crack*.
        tolerance_px: How far an outline may stray from the mask to need fewer corners; 0 is exact.

    Returns:
        One line a crack; empty for an empty mask.
    """
    height, width = mask.shape
    rings = [bridge_holes(one) for one in mask_to_polygons(mask, tolerance_px=tolerance_px)]
    lines = []
    for ring in rings:
        shares = " ".join(f"{value:.{_DECIMALS}f}" for value in np.ravel(ring / (width, height)))
        lines.append(f"{class_id} {shares}\n")
    return "".join(lines)


def write_yolo_label(
    path: Path, mask: BinaryMask, *, class_id: int = 0, tolerance_px: float = 0.0
) -> None:
    """Write the label file of one photo.

    Args:
        path: Where; folders on the way are made.
        mask: (H, W) of {0, 1}.
        class_id: Number of the class *crack*.
        tolerance_px: See ``encode_yolo``.

    Raises:
        StorageError: If it cannot be written.
    """
    text = encode_yolo(mask, class_id=class_id, tolerance_px=tolerance_px)
    with explain_write_errors("Masks are written as label files.", path.parent):
        write_bytes_aside(path, text.encode())


def _decode_text(data: bytes) -> tuple[str, tuple[str, ...]]:
    encoding = "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise refuse_annotation("label file that is no text") from error
    has_mark = encoding == "utf-16" or data.startswith(codecs.BOM_UTF8)
    mended = ("mask_byte_order_mark",) if has_mark else ()
    if "," in text:
        return text.replace(",", " "), (*mended, "mask_commas")
    return text, mended


def _read_numbers(line: str, number: int) -> list[float]:
    try:
        return [float(token) for token in line.split()]
    except ValueError as error:
        raise refuse_annotation(
            f"label that is not numbers: line {number}, {line[:40]!r}"
        ) from error


def _is_crack(value: float, number: int, classes: YoloClasses) -> bool:
    if value < 0 or not value.is_integer():
        raise refuse_annotation(f"class that is no whole number: line {number}, {value:g}")
    if classes.crack is None or value in classes.crack:
        return True
    if value not in classes.other:
        raise refuse_annotation(f"class without a name: line {number}, {value:g}")
    return False


def _pair_up(coordinates: list[float], number: int) -> Ring:
    if len(coordinates) == _BOX_VALUES - 1:
        raise refuse_annotation(f"bounding box instead of an outline: line {number}")
    if len(coordinates) % 2:
        raise refuse_annotation(
            f"odd number of coordinates: line {number} has {len(coordinates)} after its class"
        )
    return np.array(coordinates, np.float64).reshape(-1, 2)
