"""Check one photo and its mask: the only time that ingestion opens them.

Runs in worker processes, so it imports little.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import CrackPipelineError
from crack_pipeline.images.codec_messages import CodecMessages, hear_codecs
from crack_pipeline.images.raster import refuse_file
from crack_pipeline.images.reading import decode_lightness, read_bytes
from crack_pipeline.masks.reading import decode_mask
from crack_pipeline.splits.hashing import THUMBNAIL_PX, hash_thumbnail, shrink_to_thumbnail

CHECK_VERSION = 1
"""Raised when the same files would be judged otherwise."""

MASK_OF_OTHER_SIZE = "mask of another size than its image"


@dataclass(frozen=True, slots=True)
class FileCheck:
    """What a look into a photo and its mask tells.

    Attributes:
        width_px: Of the upright photo; None where it was not decoded.
        height_px: Of the upright photo.
        sha256: Of the photo's bytes.
        mask_sha256: Of the mask's bytes.
        phash: Perceptual hash of the photo.
        mask_label: 1 where the mask holds crack, 0 where it holds none, None without a mask.
        repaired_mask: Absolute path of the mask that was written in place of the source's; None
            where the source's own is used.
        mended: What reading changes, separated by ";".
        reason: Why the photo cannot be used; empty where it can.
    """

    width_px: int | None = None
    height_px: int | None = None
    sha256: str | None = None
    mask_sha256: str | None = None
    phash: str | None = None
    mask_label: int | None = None
    repaired_mask: str | None = None
    mended: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Checker:
    """What stays the same from file to file."""

    max_megapixels: float
    messages: CodecMessages

    def check(
        self, image_path: str, mask_path: str | None, thumbnail: NDArray[np.uint8]
    ) -> FileCheck:
        """Check a photo, and its mask if the photo is good."""
        photo = self._check_photo(image_path, thumbnail)
        if photo.reason or mask_path is None:
            return photo
        try:
            return self._check_mask(photo, read_bytes(Path(mask_path)))
        except CrackPipelineError as error:
            return replace(photo, reason=f"bad mask, {error.received}")
        finally:
            self.messages.take_new()

    def _check_photo(self, path: str, thumbnail: NDArray[np.uint8]) -> FileCheck:
        sha256: str | None = None
        try:
            data = read_bytes(Path(path))
            sha256 = hashlib.sha256(data).hexdigest()
            photo = decode_lightness(data, max_megapixels=self.max_megapixels)
            mended = (*photo.mended, *judge_messages(self.messages.take_new()))
        except CrackPipelineError as error:
            self.messages.take_new()
            return FileCheck(sha256=sha256, reason=error.received)
        height_px, width_px = photo.pixels.shape
        thumbnail[:] = shrink_to_thumbnail(photo.pixels)
        phash = hash_thumbnail(thumbnail)
        return FileCheck(width_px, height_px, sha256, phash=phash, mended=";".join(mended))

    def _check_mask(self, photo: FileCheck, data: bytes) -> FileCheck:
        photo = replace(photo, mask_sha256=hashlib.sha256(data).hexdigest())
        decoded = decode_mask(data, max_megapixels=self.max_megapixels)
        height_px, width_px = decoded.mask.shape
        if (width_px, height_px) != (photo.width_px, photo.height_px):
            sizes = f"{width_px}×{height_px} for {photo.width_px}×{photo.height_px} px"
            return replace(photo, reason=f"{MASK_OF_OTHER_SIZE}: {sizes}")
        mended = ";".join(filter(None, (photo.mended, *decoded.mended)))
        return replace(photo, mask_label=int(decoded.mask.any()), mended=mended)


def check_files(
    paths: Sequence[tuple[str, str | None]], *, max_megapixels: float
) -> tuple[list[FileCheck], NDArray[np.uint8]]:
    """Check several photos with their masks.

    Args:
        paths: Photo and mask, or None where there is no mask.
        max_megapixels: Largest allowed number of pixels, in millions.

    Returns:
        N checks, and (N, 64, 64) uint8 thumbnails; zeros where a photo cannot be used.
    """
    thumbnails = np.zeros((len(paths), THUMBNAIL_PX, THUMBNAIL_PX), np.uint8)
    with hear_codecs() as messages:
        checker = _Checker(max_megapixels, messages)
        checks = [
            checker.check(image, mask, thumbnail)
            for (image, mask), thumbnail in zip(paths, thumbnails, strict=True)
        ]
    return checks, thumbnails


def judge_messages(text: str) -> tuple[str, ...]:
    """Judge what libjpeg said while it decoded a photo.

    Args:
        text: Its messages; empty for silence.

    Returns:
        Names of harmless faults.

    Raises:
        ImageReadError: If a part of the photo was lost.
    """
    faults = [line for line in text.splitlines() if "JPEG" in line]
    harmful = [line for line in faults if "extraneous bytes" not in line]
    if harmful:
        raise refuse_file(f"damaged data: {harmful[0].removeprefix('Corrupt JPEG data: ')}")
    return ("extraneous_jpeg_bytes",) if faults else ()
