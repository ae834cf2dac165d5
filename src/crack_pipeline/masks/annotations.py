"""Read a mask from whatever a source stores it in: the one door for every mask format."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import ParameterError
from crack_pipeline.images.reading import MAX_MEGAPIXELS, read_bytes
from crack_pipeline.masks.coco import decode_coco
from crack_pipeline.masks.matlab import MatlabArray, MatlabFileError, find_variable
from crack_pipeline.masks.outlines import refuse_annotation
from crack_pipeline.masks.reading import decode_mask
from crack_pipeline.masks.settings import DEFAULTS, DecodedMask, RepairSettings
from crack_pipeline.masks.yolo import YoloClasses, decode_yolo
from crack_pipeline.types import MaskFormat

BACKGROUND, CRACK = 1, 2
STRAY = (3, 4)


def decode_crackforest(data: bytes) -> DecodedMask:
    """Decode the mask in a MATLAB file.

    Args:
        data: The file's bytes.

    Returns:
        The mask, of the size that the file has, and what was mended, with numbers of pixels in the
        note.

    Raises:
        MaskError: If the file is damaged, is stored as version 7.3, or holds no such regions.
    """
    try:
        regions = _find_regions(find_variable(data, "groundTruth"))
    except MatlabFileError as error:
        raise refuse_annotation(str(error)) from error
    found = np.unique(regions)
    known = (BACKGROUND, CRACK, *STRAY)
    odd = [value for value in found.tolist() if value not in known]
    if odd:
        values = ", ".join(f"{value:g}" for value in odd[:4])
        raise refuse_annotation(f"MATLAB file with regions other than 1 to 4: {values}")
    mask = (regions == CRACK).astype(np.uint8)
    stray = {value: int((regions == value).sum()) for value in STRAY if value in found}
    if not stray:
        return DecodedMask(mask, ())
    if not mask.any():
        raise refuse_annotation(
            f"MATLAB file with no crack but regions that nobody explains: {min(stray)}"
        )
    note = " and ".join(f"{n} pixels of region {value}" for value, n in stray.items())
    return DecodedMask(mask, ("mask_stray_regions",), f"{note} taken for background")


def _find_regions(truth: MatlabArray | None) -> NDArray[Any]:
    """Regions, (H, W), inside a 1×1 structure or a 1×1 cell that holds one."""
    if truth is None:
        raise refuse_annotation("MATLAB file without groundTruth")
    items = truth.items()
    fields = (items[0] if len(items) == 1 else truth).fields()
    if not fields:
        raise refuse_annotation("MATLAB file of another shape: groundTruth is no single structure")
    if "Segmentation" not in fields:
        raise refuse_annotation(
            f"MATLAB file without Segmentation: groundTruth has {', '.join(fields)}"
        )
    segmentation = fields["Segmentation"]
    regions = segmentation.numbers() if 0 not in segmentation.shape else None
    if regions is None or regions.ndim != 2:
        shape = "×".join(map(str, segmentation.shape))
        raise refuse_annotation(
            f"MATLAB file of another shape: Segmentation is no matrix of numbers but {shape}"
        )
    return regions


def read_annotation(
    path_or_bytes: Path | bytes | None,
    mask_format: MaskFormat,
    annotation: str,
    width_px: int,
    height_px: int,
    *,
    max_megapixels: float = MAX_MEGAPIXELS,
    settings: RepairSettings = DEFAULTS,
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
    if path_or_bytes is None:
        raise ParameterError(
            "A mask that is stored in a file needs the file's path.",
            received="None",
            remedy="Name the file, or the format `empty`.",
        )
    data = path_or_bytes if isinstance(path_or_bytes, bytes) else read_bytes(path_or_bytes)
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
