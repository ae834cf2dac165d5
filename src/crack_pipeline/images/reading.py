"""Read a photo, however it was stored, as 8-bit RGB: the one door for every photo.

Rules:
    * EXIF orientation is applied.
    * Grey, 1-bit, palette and CMYK photos become RGB by Pillow's conversion.
    * 16-bit samples keep their high byte; where no sample passes 4 095 they count as 12-bit and are
      divided by 16.
    * Floating-point samples must lie in [0, 1] and are multiplied by 255.
    * Transparent pixels are laid on white.
    * Of a file with several frames the first is read.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import ImageReadError
from crack_pipeline.images.headers import JPEG_START, JpegHeader, is_ended, read_jpeg_header
from crack_pipeline.images.orientation import turn_upright
from crack_pipeline.images.raster import decode_raster, reduce_to_8_bit, refuse_file, require_size
from crack_pipeline.types import GreyImage, RgbImage

MAX_MEGAPIXELS = 500.0
"""Largest photo that ingestion lets through unless it is told otherwise."""

LARGEST_MEGAPIXELS = 1000.0
"""Largest photo that ingestion can be told to let through; what it let through, others read."""


@dataclass(frozen=True, slots=True)
class DecodedPhoto:
    """A photo and what was changed to get it.

    Attributes:
        pixels: (H, W, 3) uint8 RGB, or (H, W) uint8 where lightness alone was asked for.
        mended: Names of the changes: "exif_orientation", "grey_to_rgb", "16_bit_to_8_bit", ….
    """

    pixels: NDArray[np.uint8]
    mended: tuple[str, ...]


def read_image(path: Path, *, max_megapixels: float = LARGEST_MEGAPIXELS) -> RgbImage:
    """Read a photo as 8-bit RGB.

    Args:
        path: The file.
        max_megapixels: Largest allowed number of pixels, in millions.

    Returns:
        (H, W, 3) uint8, upright.

    Raises:
        ImageReadError: If the file cannot be opened, or is no whole image.
    """
    try:
        return decode_photo(read_bytes(path), max_megapixels=max_megapixels).pixels
    except ImageReadError as error:
        raise ImageReadError(
            error.rule, received=f"{path}: {error.received}", remedy=error.remedy
        ) from error


def read_bytes(path: Path) -> bytes:
    """Read a file whole.

    Args:
        path: The file.

    Returns:
        Its bytes.

    Raises:
        ImageReadError: If it cannot be opened.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise refuse_file(f"unreadable file: {error.strerror or error}") from error


def decode_photo(data: bytes, *, max_megapixels: float = MAX_MEGAPIXELS) -> DecodedPhoto:
    """Decode a photo from its bytes.

    Args:
        data: The file's bytes.
        max_megapixels: Largest allowed number of pixels, in millions.

    Returns:
        (H, W, 3) uint8 pixels, and what was mended.

    Raises:
        ImageReadError: If the bytes are no whole image.
    """
    header = _plain_jpeg_header(data, max_megapixels)
    if header is not None:
        return _decode_jpeg(data, header, cv2.IMREAD_COLOR_RGB)
    return _decode_any(data, max_megapixels)


def decode_lightness(data: bytes, *, max_megapixels: float = MAX_MEGAPIXELS) -> DecodedPhoto:
    """Decode a photo to grey: every stored bit is still read, colours are left out.

    Args:
        data: The file's bytes.
        max_megapixels: Largest allowed number of pixels, in millions.

    Returns:
        (H, W) uint8 pixels, and what ``decode_photo`` would mend.

    Raises:
        ImageReadError: If the bytes are no whole image.
    """
    header = _plain_jpeg_header(data, max_megapixels)
    if header is not None:
        return _decode_jpeg(data, header, cv2.IMREAD_GRAYSCALE)
    decoded = _decode_any(data, max_megapixels)
    grey: GreyImage = np.asarray(cv2.cvtColor(decoded.pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    return DecodedPhoto(grey, decoded.mended)


def _plain_jpeg_header(data: bytes, max_megapixels: float) -> JpegHeader | None:
    if not data.startswith(JPEG_START):
        return None
    header = read_jpeg_header(data)
    if header is None:
        raise refuse_file("truncated file: it ends in its header")
    require_size(header.width_px, header.height_px, max_megapixels)
    if not is_ended(data, header):
        raise refuse_file("truncated file: its end marker is missing")
    return header if header.bits == 8 and header.n_channels in (1, 3) else None


def _decode_jpeg(data: bytes, header: JpegHeader, flags: int) -> DecodedPhoto:
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags | cv2.IMREAD_IGNORE_ORIENTATION)
    if pixels is None or pixels.shape[:2] != (header.height_px, header.width_px):
        raise refuse_file("damaged data: JPEG cannot be decoded")
    mended = ("exif_orientation",) if header.orientation != 1 else ()
    if header.n_channels == 1:
        mended = (*mended, "grey_to_rgb")
    return DecodedPhoto(turn_upright(pixels, header.orientation), mended)


def _decode_any(data: bytes, max_megapixels: float) -> DecodedPhoto:
    raster = decode_raster(data, max_megapixels=max_megapixels)
    samples, from_depth = reduce_to_8_bit(raster.samples, is_1_bit=raster.mode == "1")
    pixels, from_channels = _three_channels(samples)
    from_mode = _MENDED_BY_MODE.get(raster.mode, ())
    return DecodedPhoto(pixels, (*raster.mended, *from_mode, *from_depth, *from_channels))


_MENDED_BY_MODE = {
    "P": ("palette_to_rgb",),
    "PA": ("palette_to_rgb",),
    "CMYK": ("cmyk_to_rgb",),
    "YCbCr": ("colour_space_to_rgb",),
    "HSV": ("colour_space_to_rgb",),
    "LAB": ("colour_space_to_rgb",),
}


def _three_channels(samples: NDArray[np.uint8]) -> tuple[RgbImage, tuple[str, ...]]:
    if samples.ndim == 3 and samples.shape[2] == 3:
        return samples, ()
    if samples.ndim == 3 and samples.shape[2] == 4:
        return _lay_on_white(samples[..., :3], samples[..., 3]), ("alpha_on_white",)
    if samples.ndim == 3 and samples.shape[2] == 2:
        rgb = np.repeat(samples[..., :1], 3, axis=2)
        return _lay_on_white(rgb, samples[..., 1]), ("grey_to_rgb", "alpha_on_white")
    return np.repeat(samples.reshape(*samples.shape[:2], 1), 3, axis=2), ("grey_to_rgb",)


def _lay_on_white(rgb: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> RgbImage:
    if alpha.min() == 255:
        return np.ascontiguousarray(rgb)
    share = alpha[..., None].astype(np.uint16)
    mixed = rgb * share + np.uint16(255) * (255 - share)
    return ((mixed + 127) // 255).astype(np.uint8)
