"""Read a mask from whatever a source stores it in: the one door for every mask format."""

from pathlib import Path

import numpy as np

from crack_pipeline.errors import ParameterError
from crack_pipeline.images.reading import MAX_MEGAPIXELS, read_bytes
from crack_pipeline.masks.coco import decode_coco
from crack_pipeline.masks.crackforest import decode_crackforest
from crack_pipeline.masks.decoded import DecodedMask
from crack_pipeline.masks.reading import decode_mask
from crack_pipeline.masks.settings import RepairSettings
from crack_pipeline.masks.yolo import YoloClasses, decode_yolo
from crack_pipeline.types import MaskFormat

_DEFAULTS = RepairSettings()


def read_annotation(
    path_or_bytes: Path | bytes | None,
    mask_format: MaskFormat,
    annotation: str,
    width_px: int,
    height_px: int,
    *,
    max_megapixels: float = MAX_MEGAPIXELS,
    settings: RepairSettings = _DEFAULTS,
) -> DecodedMask:
    """Read the mask of one photo.

    Args:
        path_or_bytes: The file that holds it, or its bytes; not opened for ``coco``, whose file was
            read when it was listed, and for ``empty``.
        mask_format: How the mask is stored.
        annotation: What travels with the listed photo: the annotations for ``coco``, the classes
            for ``yolo``; empty otherwise.
        width_px: Of the upright photo.
        height_px: Of the upright photo.
        max_megapixels: Largest allowed number of pixels of a mask image, in millions.
        settings: By which levels of a mask image become crack.

    Returns:
        The mask and what was mended. Masks of ``yolo``, ``coco`` and ``empty`` have the photo's
        size; those of ``image`` and ``crackforest`` the one of their file.

    Raises:
        ImageReadError: If the file cannot be read, or a mask image is no whole image.
        MaskError: If the file does not say what is crack.
        ParameterError: If the format is unknown.
    """
    if mask_format == "empty":
        return DecodedMask(np.zeros((height_px, width_px), np.uint8), ())
    if mask_format == "coco":
        return decode_coco(annotation, width_px, height_px)
    data = path_or_bytes if isinstance(path_or_bytes, bytes) else _read(path_or_bytes)
    if mask_format == "yolo":
        return decode_yolo(data, width_px, height_px, classes=YoloClasses.from_json(annotation))
    if mask_format == "crackforest":
        return decode_crackforest(data)
    if mask_format == "image":
        return decode_mask(data, max_megapixels=max_megapixels, settings=settings)
    raise ParameterError(
        "A mask is stored as image, yolo, coco, crackforest or empty.",
        received=repr(mask_format),
        remedy="Name one of them.",
    )


def _read(path: Path | None) -> bytes:
    if path is None:
        raise ParameterError(
            "A mask that is stored in a file needs the file's path.",
            received="None",
            remedy="Name the file, or the format `empty`.",
        )
    return read_bytes(path)
