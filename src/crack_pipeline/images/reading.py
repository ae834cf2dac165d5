"""Read a photo, however it was stored, as 8-bit RGB: the one door for every photo.

Rules:
    * The content tells the format, not the suffix. HEIC needs the extra ``heic``.
    * EXIF orientation is applied; HEIC is turned by what its container says instead.
    * Grey, 1-bit, palette and CMYK photos become RGB by Pillow's conversion.
    * 16-bit samples keep their high byte; where no sample passes 4 095 they count as 12-bit and are
      divided by 16.
    * Floating-point samples must lie in [0, 1] and are multiplied by 255.
    * Transparent pixels are laid on white.
    * Of a file with several frames the first is read.
"""

import hashlib
import io
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from crack_pipeline.errors import ImageReadError
from crack_pipeline.images.headers import (
    JPEG_START,
    JpegHeader,
    is_ended,
    is_heic,
    read_jpeg_header,
    turn_upright,
    valid_orientation,
)
from crack_pipeline.types import GreyImage, RgbImage

FILE_RULE = "A photo or mask must be a whole, readable image file."
FILE_REMEDY = "Replace the file by a good copy, or remove it."

FIRST_FRAME = "first_frame_only"
MANY_PICTURES = b"MPF\x00"
"""Begins the list of the pictures that a JPEG of a stereo camera or a phone holds (CIPA DC-007)."""

_BAND_PX = 512
_ORIENTATION_TAG = 0x0112
_BITS_PER_SAMPLE_TAG, _PHOTOMETRIC_TAG, _PLANAR_TAG = 258, 262, 284
_WHITE_IS_ZERO, _RGB, _PLANES_APART = 0, 2, 2
_BROKEN_FILE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    struct.error,
    zlib.error,
)
_pillow_limit_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Raster:
    """A decoded file.

    Attributes:
        samples: (H, W) or (H, W, C): uint8, uint16, int32 or float32, upright, colours as RGB(A).
        mode: Pillow's name of the pixel format in the file: "1", "L", "P", "RGB", "CMYK", "F", …
        mended: What decoding changed: "exif_orientation", "palette", "first_frame_only".
        orientation: EXIF orientation that was applied, 1–8.
    """

    samples: NDArray[Any]
    mode: str
    mended: tuple[str, ...]
    orientation: int = 1


def refuse_file(received: str) -> ImageReadError:
    """The error for a file that is no good image.

    Args:
        received: Kind of fault, then a colon and details where there are any.
    """
    return ImageReadError(FILE_RULE, received=received, remedy=FILE_REMEDY)


def require_size(width_px: int, height_px: int, max_megapixels: float) -> None:
    """Refuse a photo by its stated size, before memory is taken for it.

    Args:
        width_px: Columns.
        height_px: Rows.
        max_megapixels: Largest allowed number of pixels, in millions.

    Raises:
        ImageReadError: If a side is zero or the area is too large.
    """
    if width_px <= 0 or height_px <= 0:
        raise refuse_file(f"zero area: {width_px}×{height_px} px")
    megapixels = width_px * height_px / 1e6
    if megapixels > max_megapixels:
        raise refuse_file(
            f"too large: {width_px}×{height_px} px are {megapixels:.0f} megapixels, "
            f"at most {max_megapixels:g} allowed"
        )


def decode_raster(data: bytes, *, max_megapixels: float) -> Raster:
    """Decode the bytes of any image file.

    Args:
        data: The file's bytes.
        max_megapixels: Largest allowed number of pixels, in millions.

    Returns:
        The first frame, upright.

    Raises:
        ImageReadError: If the bytes are no image, are cut off, or state too large a size.
    """
    with open_picture(data, max_megapixels) as picture:
        return _load(picture, data)


@contextmanager
def open_picture(data: bytes, max_megapixels: float) -> Iterator[Image.Image]:
    """Open the bytes of an image file with Pillow, and turn its errors into ours.

    Args:
        data: The file's bytes.
        max_megapixels: Largest allowed number of pixels, in millions.

    Yields:
        The picture, not decoded yet.

    Raises:
        ImageReadError: If the bytes are no image, break while they are decoded, or state too large
            a size.
    """
    if not data:
        raise refuse_file("zero bytes")
    try:
        with _quiet_pillow(), _open(data) as picture:
            require_size(*picture.size, max_megapixels)
            yield picture
    except UnidentifiedImageError as error:
        raise refuse_file("damaged HEIC" if is_heic(data) else "not an image") from error
    except _BROKEN_FILE_ERRORS as error:
        raise refuse_file(_name_fault(error)) from error


def reads_heic() -> bool:
    """True where the extra ``heic`` is installed."""
    return find_spec("pi_heif") is not None


def _open(data: bytes) -> Image.Image:
    if not is_heic(data):
        return Image.open(io.BytesIO(data))
    if not reads_heic():
        raise refuse_file(
            'HEIC without its extra, pip install "crack_pipeline[heic]": or export it as JPEG'
        )
    from pi_heif import register_heif_opener

    register_heif_opener()
    return Image.open(io.BytesIO(data), formats=["HEIF"])


def _load(picture: Image.Image, data: bytes) -> Raster:
    stated = _orientation(picture)
    deep = _needs_opencv(picture, data)
    if picture.format == "PNG" and b"IEND" not in data:
        raise refuse_file("truncated file: its end chunk is missing")
    picture.load()
    mended = ["exif_orientation"] if stated != 1 else []
    if getattr(picture, "n_frames", 1) > 1:
        mended.append(FIRST_FRAME)
    if deep:
        # OpenCV turns TIFF itself.
        samples = turn_upright(_decode_16_bit(data), 1 if picture.format == "TIFF" else stated)
    else:
        # Pillow turns some formats itself and drops the tag: what it still states is left to do.
        samples = turn_upright(samples_of(picture), _orientation(picture))
    return Raster(samples, picture.mode, tuple(mended), stated)


def samples_of(picture: Image.Image) -> NDArray[Any]:
    """Decode a picture, or the frame of it that was sought, with colours as RGB(A)."""
    # By bands of rows: Pillow's way out of a picture holds two copies of what it gives out.
    width, height = picture.size
    tops = range(0, height, _BAND_PX)
    boxes = ((0, top, width, min(top + _BAND_PX, height)) for top in tops)
    first = _samples_of(picture.crop(next(boxes)))
    samples = np.empty((height, *first.shape[1:]), first.dtype)
    samples[: len(first)] = first
    for box in boxes:
        samples[box[1] : box[3]] = _samples_of(picture.crop(box))
    if picture.mode.startswith("I;16") and _tiff_tag(picture, _PHOTOMETRIC_TAG) == _WHITE_IS_ZERO:
        return np.asarray(_LARGEST_16_BIT - samples)
    return samples


def _samples_of(picture: Image.Image) -> NDArray[Any]:
    if picture.mode in ("P", "PA"):
        transparent = picture.mode == "PA" or "transparency" in picture.info
        return np.asarray(picture.convert("RGBA" if transparent else "RGB"))
    if picture.mode in ("CMYK", "YCbCr", "HSV", "LAB"):
        return np.asarray(picture.convert("RGB"))
    if picture.mode in ("La", "RGBa"):
        return np.asarray(picture.convert("RGBA"))
    if picture.mode == "1":
        return np.asarray(picture, dtype=np.uint8)
    return np.asarray(picture)


def _decode_16_bit(data: bytes) -> NDArray[Any]:
    # Pillow keeps only the high byte of 16-bit colours; OpenCV keeps all of it.
    samples = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if samples is None:
        raise refuse_file("damaged data: 16-bit samples cannot be decoded")
    if samples.ndim == 3 and samples.shape[2] in (3, 4):
        code = cv2.COLOR_BGR2RGB if samples.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
        samples = cv2.cvtColor(samples, code)
    return np.asarray(samples)


def _needs_opencv(picture: Image.Image, data: bytes) -> bool:
    """True for 16-bit colours; OpenCV misreads other 16-bit TIFF."""
    if picture.format == "PNG":
        return data[24] == 16  # bit depth in IHDR
    is_deep = 16 in (_tiff_tag(picture, _BITS_PER_SAMPLE_TAG) or ())
    if is_deep and _tiff_tag(picture, _PLANAR_TAG) == _PLANES_APART:
        raise refuse_file("unsupported samples: 16-bit TIFF with a plane for each colour")
    return is_deep and _tiff_tag(picture, _PHOTOMETRIC_TAG) == _RGB


def _tiff_tag(picture: Image.Image, tag: int) -> Any:
    """A tag's value; None where it is not there, or the file is no TIFF."""
    return getattr(picture, "tag_v2", {}).get(tag)


def _orientation(picture: Image.Image) -> int:
    return valid_orientation(picture.getexif().get(_ORIENTATION_TAG))


def _name_fault(error: Exception) -> str:
    text = str(error) or type(error).__name__
    cut_off = any(word in text.lower() for word in ("truncated", "incomplete", "unexpected end"))
    return f"{'truncated file' if cut_off else 'damaged data'}: {text}"


@contextmanager
def _quiet_pillow() -> Iterator[None]:
    # Pillow's own limit would warn and refuse below ours; its warnings tell what the report tells.
    with _pillow_limit_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


_LARGEST_12_BIT = 4095
_LARGEST_16_BIT = 65535


def reduce_to_8_bit(
    samples: NDArray[Any], *, is_1_bit: bool = False
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Scale samples to 0–255.

    Args:
        samples: Any shape; uint8, uint16, int32 or floating point.
        is_1_bit: Whether uint8 samples are {0, 1}, to become {0, 255}.

    Returns:
        uint8 samples of the same shape, and the names of what was changed.

    Raises:
        ImageReadError: If floating-point samples leave [0, 1], or integers leave 16 bits.
    """
    if is_1_bit:
        return (samples * 255).astype(np.uint8), ()
    if samples.dtype == np.uint8:
        return samples, ()
    if np.issubdtype(samples.dtype, np.floating):
        return _reduce_floats(samples)
    lowest, highest = int(samples.min()), int(samples.max())
    if lowest < 0 or highest > _LARGEST_16_BIT:
        raise refuse_file(f"unsupported samples: integers from {lowest} to {highest}")
    if highest <= _LARGEST_12_BIT:
        return (samples >> 4).astype(np.uint8), ("12_bit_to_8_bit",)
    return (samples >> 8).astype(np.uint8), ("16_bit_to_8_bit",)


def _reduce_floats(samples: NDArray[Any]) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    lowest, highest = float(samples.min()), float(samples.max())
    # Written so that NaN fails it too.
    if not (lowest >= 0.0 and highest <= 1.0):
        raise refuse_file(
            f"unsupported samples: floating point from {lowest:g} to {highest:g}, not in [0, 1]"
        )
    return np.rint(samples * 255).astype(np.uint8), ("float_to_8_bit",)


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
        orientation: EXIF orientation that was applied, 1–8.
    """

    pixels: NDArray[np.uint8]
    mended: tuple[str, ...]
    orientation: int = 1


def read_image(
    path: str | Path,
    *,
    max_megapixels: float = LARGEST_MEGAPIXELS,
    sha256: str | None = None,
) -> RgbImage:
    """Read a photo as 8-bit RGB.

    Args:
        path: The file.
        max_megapixels: Largest allowed number of pixels, in millions.
        sha256: Of the file that is meant, as in the manifest; None for any.

    Returns:
        (H, W, 3) uint8, upright.

    Raises:
        ImageReadError: If the file cannot be opened, is no whole image, or not the one meant.
    """
    try:
        return decode_photo(read_bytes(path, sha256), max_megapixels=max_megapixels).pixels
    except ImageReadError as error:
        raise ImageReadError(
            error.rule, received=f"{path}: {error.received}", remedy=error.remedy
        ) from error


def read_bytes(path: str | Path, sha256: str | None = None) -> bytes:
    """Read a file whole.

    Args:
        path: The file.
        sha256: Of the file that is meant; None for any.

    Returns:
        Its bytes.

    Raises:
        ImageReadError: If it cannot be opened, or is not the one meant.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise refuse_file(f"unreadable file: {error.strerror or error}") from error
    if isinstance(sha256, str) and hashlib.sha256(data).hexdigest() != sha256:
        raise ImageReadError(
            "Photos and masks must stay as they were ingested.",
            received="other content than ingestion found",
            remedy="Put the file back, or run `kedro run --pipeline=ingest` again, with the same "
            "--env and --params; should that find nothing new, delete the folder "
            "`ingestion.checks_path` first.",
        )
    return data


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
    return replace(decoded, pixels=grey)


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
    if MANY_PICTURES in data[: header.scan_position]:
        mended = (*mended, FIRST_FRAME)
    return DecodedPhoto(turn_upright(pixels, header.orientation), mended, header.orientation)


def _decode_any(data: bytes, max_megapixels: float) -> DecodedPhoto:
    raster = decode_raster(data, max_megapixels=max_megapixels)
    samples, from_depth = reduce_to_8_bit(raster.samples, is_1_bit=raster.mode == "1")
    pixels, from_channels = _three_channels(samples)
    from_mode = _MENDED_BY_MODE.get(raster.mode, ())
    mended = (*raster.mended, *from_mode, *from_depth, *from_channels)
    return DecodedPhoto(pixels, mended, raster.orientation)


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
