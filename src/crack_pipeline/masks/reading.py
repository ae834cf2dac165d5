"""Read a mask, however it was stored, as {0, 1}: the one door for every mask."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import ImageReadError, MaskError
from crack_pipeline.images.frames import require_one_picture
from crack_pipeline.images.headers import JPEG_START
from crack_pipeline.images.reading import (
    FIRST_FRAME,
    LARGEST_MEGAPIXELS,
    MAX_MEGAPIXELS,
    decode_photo,
    decode_raster,
    read_bytes,
)
from crack_pipeline.masks.binarization import binarize_mask
from crack_pipeline.masks.channels import refuse_picture
from crack_pipeline.masks.pictures import shows_photo
from crack_pipeline.masks.settings import DEFAULTS, RepairSettings
from crack_pipeline.masks.settings import DecodedMask as DecodedMask
from crack_pipeline.storage import explain_write_errors, write_bytes_aside
from crack_pipeline.types import BinaryMask, GreyImage

_LOSSY_WEBP = b"WEBPVP8 "
_MENDED_BY_MODE = {"1": ("mask_1_bit",), "P": ("mask_palette",), "PA": ("mask_palette",)}


def read_mask(
    path: Path, *, max_megapixels: float = LARGEST_MEGAPIXELS, sha256: str | None = None
) -> BinaryMask:
    """Read a mask file by the rule of ``masks.binarization``.

    Args:
        path: The file.
        max_megapixels: Largest allowed number of pixels, in millions.
        sha256: Of the file that is meant, as in the manifest; None for any.

    Returns:
        (H, W) uint8, 1 is crack.

    Raises:
        MaskError: If the file cannot be read, is not the one meant, or its values do not say what
            is crack.
    """
    try:
        return decode_mask(read_bytes(path, sha256), max_megapixels=max_megapixels).mask
    except (ImageReadError, MaskError) as error:
        raise MaskError(
            error.rule, received=f"{path}: {error.received}", remedy=error.remedy
        ) from error


def decode_mask(
    data: bytes,
    *,
    max_megapixels: float = MAX_MEGAPIXELS,
    settings: RepairSettings = DEFAULTS,
    lightness: GreyImage | None = None,
) -> DecodedMask:
    """Decode a mask from its bytes.

    Args:
        data: The file's bytes.
        max_megapixels: Largest allowed number of pixels, in millions.
        settings: By which levels become crack.
        lightness: (H, W) uint8 of the photo, which must not be its own mask; None if not at hand.

    Returns:
        The mask, and what was mended.

    Raises:
        ImageReadError: If the bytes are no whole image, or several that differ.
        MaskError: If the values do not say what is crack, or it is a picture.
    """
    if data.startswith(JPEG_START):
        # By the decoder of photos, since it tells of data that were lost inside the file.
        photo = decode_photo(data, max_megapixels=max_megapixels)
        samples = photo.pixels[..., 0] if "grey_to_rgb" in photo.mended else photo.pixels
        is_lossy = True
        mended = tuple(f"mask_{name}" for name in photo.mended if name != "grey_to_rgb")
    else:
        raster = decode_raster(data, max_megapixels=max_megapixels)
        samples, is_lossy = raster.samples, data[8:16] == _LOSSY_WEBP
        mended = tuple(f"mask_{name}" for name in raster.mended)
        mended += _MENDED_BY_MODE.get(raster.mode, ())
    if f"mask_{FIRST_FRAME}" in mended:
        require_one_picture(data, max_megapixels=max_megapixels)
    decoded = _binarize_other_than(lightness, samples, is_lossy=is_lossy, settings=settings)
    return replace(decoded, mended=(*mended, *decoded.mended))


def _binarize_other_than(
    lightness: GreyImage | None, samples: NDArray[Any], *, is_lossy: bool, settings: RepairSettings
) -> DecodedMask:
    try:
        decoded = binarize_mask(samples, is_lossy=is_lossy, settings=settings)
    except MaskError as error:
        if lightness is None or not shows_photo(samples, lightness):
            raise
        raise refuse_picture("it shows its photo") from error
    is_soft = "mask_thresholded" in decoded.mended
    if is_soft and lightness is not None and shows_photo(samples, lightness, decoded.mask):
        raise refuse_picture("it is its photo")
    return decoded


def write_mask(path: Path, mask: BinaryMask) -> None:
    """Write a mask as a PNG of one channel, 0 background and 255 crack.

    It is written aside and renamed, so that a half-written file is never read; a file that holds
    the same already is left alone.

    Args:
        path: Where to; folders are made.
        mask: (H, W) uint8 of {0, 1}.

    Raises:
        StorageError: If it cannot be written.
    """
    _, encoded = cv2.imencode(".png", mask * np.uint8(255))
    data = encoded.tobytes()
    rule = "Repaired masks are written beside the data set's tables, never into its raw folder."
    with explain_write_errors(rule, path.parent):
        if not (path.is_file() and path.read_bytes() == data):
            write_bytes_aside(path, data)
