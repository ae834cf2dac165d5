"""Check one photo and its mask, and mend the mask: the only time that ingestion opens them.

Runs in worker processes, so it imports little.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import ImageReadError, MaskError
from crack_pipeline.images.codec_messages import CodecMessages, hear_codecs
from crack_pipeline.images.reading import DecodedPhoto, decode_lightness, read_bytes, refuse_file
from crack_pipeline.masks.channels import refuse_picture
from crack_pipeline.masks.fitting import AS_STORED, draw_upright
from crack_pipeline.masks.reading import decode_mask, write_mask
from crack_pipeline.masks.repair import DOUBTS, repair_mask
from crack_pipeline.masks.settings import DecodedMask, RepairSettings
from crack_pipeline.splits.hashing import THUMBNAIL_PX, hash_thumbnail, shrink_to_thumbnail
from crack_pipeline.types import MaskFormat

CHECK_VERSION = 4
"""Raised when the same files would be judged otherwise."""


_OUTLINES = ("yolo", "coco")
"""Formats that are drawn upright; masks of the others have a raster of their own."""


@dataclass(frozen=True, slots=True)
class FilesToCheck:
    """A photo, and what is said of its mask.

    Attributes:
        image_path: The photo.
        mask_path: The file that holds its mask; None where no file does.
        mask_format: How it is stored, as ``types.MaskFormat`` names it; "empty" is a mask
            without crack that no file holds.
        annotation: What the file says of this photo, where one file speaks of many.
        label: What the source says: 1 crack, 0 none, None nothing.
        repaired_path: Where a mask goes that cannot be used as it is stored; needed where there is
            a mask.
    """

    image_path: str
    mask_path: str | None
    mask_format: str = "image"
    annotation: str = ""
    label: int | None = None
    repaired_path: str | None = None


@dataclass(frozen=True, slots=True)
class FileCheck:
    """Facts about a photo and its mask, read from the files.

    Attributes:
        width_px: Of the upright photo; None where it was not decoded.
        height_px: Of the upright photo.
        sha256: Of the photo's bytes.
        mask_sha256: Of the bytes that tell the mask; None where nothing does.
        phash: Perceptual hash of the photo.
        mask_label: 1 where the mask holds crack, 0 where it holds none, None without a mask.
        repaired_mask: Absolute path of the mask that was written in place of the source's; None
            where the source's own is used.
        mended: Names of what was changed, separated by ";", and of doubts about the mask.
        mask_note: The figures behind them, in words.
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
    mask_note: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CheckSettings:
    """Settings that decide the result of a check.

    Attributes:
        max_megapixels: Largest allowed number of pixels, in millions.
        repair: How masks are mended.
    """

    max_megapixels: float
    repair: RepairSettings = field(default_factory=RepairSettings)


@dataclass(frozen=True, slots=True)
class _Checker:
    settings: CheckSettings
    messages: CodecMessages

    def check(self, files: FilesToCheck, thumbnail: NDArray[np.uint8]) -> FileCheck:
        """Check a photo, and its mask if the photo is good."""
        photo, light = self._check_photo(files.image_path, thumbnail)
        has_mask = files.mask_path is not None or files.mask_format == "empty"
        if light is None or not has_mask:
            return photo
        try:
            return self._check_mask(photo, files, light)
        except MaskError as error:
            return replace(photo, reason=error.received)
        finally:
            self.messages.take_new()

    def _check_photo(
        self, path: str, thumbnail: NDArray[np.uint8]
    ) -> tuple[FileCheck, DecodedPhoto | None]:
        sha256: str | None = None
        try:
            data = read_bytes(Path(path))
            sha256 = hashlib.sha256(data).hexdigest()
            photo = decode_lightness(data, max_megapixels=self.settings.max_megapixels)
            mended = (*photo.mended, *judge_messages(self.messages.take_new()))
        except ImageReadError as error:
            self.messages.take_new()
            return FileCheck(sha256=sha256, reason=error.received), None
        height_px, width_px = photo.pixels.shape
        thumbnail[:] = shrink_to_thumbnail(photo.pixels)
        phash = hash_thumbnail(thumbnail)
        check = FileCheck(width_px, height_px, sha256, phash=phash, mended=";".join(mended))
        return check, photo

    def _check_mask(self, photo: FileCheck, files: FilesToCheck, light: DecodedPhoto) -> FileCheck:
        decoded, digest = self._read_mask(files, light, photo.sha256)
        repaired = repair_mask(
            decoded,
            light.pixels,
            label=files.label,
            orientation=AS_STORED if files.mask_format in _OUTLINES else light.orientation,
            is_drawing=files.mask_format != "image",
            settings=self.settings.repair,
        )
        return replace(
            photo,
            mask_sha256=digest,
            mask_label=int(repaired.mask.any()),
            mended=";".join(filter(None, (photo.mended, *repaired.mended))),
            mask_note=repaired.note,
            repaired_mask=_write_if_changed(repaired, files),
        )

    def _read_mask(
        self, files: FilesToCheck, light: DecodedPhoto, photo_sha256: str | None
    ) -> tuple[DecodedMask, str | None]:
        """Read a mask as it is stored; and the digest of what tells it."""
        if files.mask_format == "empty":
            return DecodedMask(np.zeros_like(light.pixels), ("mask_from_empty",)), None
        try:
            # COCO's one file speaks of all photos: what it says of this one came with the listing.
            is_told = files.mask_format == "coco"
            data = b"" if is_told else read_bytes(Path(str(files.mask_path)))
            digest = hashlib.sha256(data + files.annotation.encode()).hexdigest()
            if files.mask_format == "image":
                decoded = self._decode_mask(data, light)
                if digest == photo_sha256:
                    raise refuse_picture("it is its photo, byte for byte")
                return decoded, digest
            return self._read_annotation(data, files, light), digest
        except (ImageReadError, MaskError) as error:
            raise MaskError(
                error.rule, received=f"bad mask, {error.received}", remedy=error.remedy
            ) from error

    def _decode_mask(self, data: bytes, light: DecodedPhoto) -> DecodedMask:
        limit, repair = self.settings.max_megapixels, self.settings.repair
        try:
            decoded = decode_mask(
                data, max_megapixels=limit, settings=repair, lightness=light.pixels
            )
        except MaskError:
            # What was lost inside the file explains levels that are no mask's.
            judge_messages(self.messages.take_new())
            raise
        names = (f"mask_{name}" for name in judge_messages(self.messages.take_new()))
        return replace(decoded, mended=(*decoded.mended, *names))

    def _read_annotation(
        self, data: bytes, files: FilesToCheck, light: DecodedPhoto
    ) -> DecodedMask:
        # Imported late: most data sets store masks as images.
        from crack_pipeline.masks.annotations import read_annotation

        mask_format = cast(MaskFormat, files.mask_format)
        read = partial(read_annotation, data, mask_format, files.annotation)
        orientation = light.orientation if mask_format in _OUTLINES else AS_STORED
        repair = self.settings.repair
        decoded = draw_upright(read, light.pixels, orientation=orientation, settings=repair)
        return replace(decoded, mended=(f"mask_from_{mask_format}", *decoded.mended))


def _write_if_changed(repaired: DecodedMask, files: FilesToCheck) -> str | None:
    if files.mask_format == "image" and DOUBTS.issuperset(repaired.mended):
        return None
    if files.repaired_path is None:
        raise MaskError(
            "A mask that cannot be used as it is stored must be written anew.",
            received=f"mask that needs repair, and no place for it: {', '.join(repaired.mended)}",
            remedy="Name the place.",
        )
    write_mask(Path(files.repaired_path), repaired.mask)
    return files.repaired_path


Checked = tuple[list[FileCheck], NDArray[np.uint8]]
"""N checks, and (N, 64, 64) uint8 thumbnails."""


def check_files(files: Sequence[FilesToCheck], settings: CheckSettings) -> Checked:
    """Check several photos with their masks, and write the masks that need repair.

    Args:
        files: Photos, and what is said of their masks.
        settings: Largest photo, and how masks are mended.

    Returns:
        N checks, and (N, 64, 64) uint8 thumbnails; zeros where a photo cannot be used.

    Raises:
        StorageError: If a repaired mask cannot be written.
    """
    thumbnails = np.zeros((len(files), THUMBNAIL_PX, THUMBNAIL_PX), np.uint8)
    with hear_codecs() as messages:
        checker = _Checker(settings, messages)
        checks = list(map(checker.check, files, thumbnails))
    return checks, thumbnails


def judge_messages(text: str) -> tuple[str, ...]:
    """Judge what libjpeg said while it decoded a file.

    Args:
        text: Its messages; empty for silence.

    Returns:
        Names of harmless faults.

    Raises:
        ImageReadError: If a part of the image was lost.
    """
    faults = [line for line in text.splitlines() if "JPEG" in line]
    harmful = [line for line in faults if "extraneous bytes" not in line]
    if harmful:
        raise refuse_file(f"damaged data: {harmful[0].removeprefix('Corrupt JPEG data: ')}")
    return ("extraneous_jpeg_bytes",) if faults else ()
