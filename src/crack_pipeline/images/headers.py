"""Headers of JPEG and HEIC files, and turning pixels upright by EXIF orientation."""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

JPEG_START = b"\xff\xd8\xff"
JPEG_END = b"\xff\xd9"

_ORIENTATION_TAG = 0x0112
_START_OF_SCAN = 0xDA
_EXIF_SEGMENT = 0xE1
# SOF0 to SOF15 without DHT (C4), JPG (C8) and DAC (CC), which share their range.
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset([0x01, *range(0xD0, 0xD9)])


@dataclass(frozen=True, slots=True)
class JpegHeader:
    """Size and pixel format of a JPEG.

    Attributes:
        width_px: Columns as stored, before the orientation is applied.
        height_px: Rows as stored.
        bits: Bits a sample; 8 nearly always.
        n_channels: 1 is grey, 3 is colour, 4 is CMYK.
        orientation: EXIF orientation 1–8; 1 is upright.
        scan_position: Offset of the first scan, behind which the end marker must follow.
    """

    width_px: int
    height_px: int
    bits: int
    n_channels: int
    orientation: int
    scan_position: int


def read_jpeg_header(data: bytes) -> JpegHeader | None:
    """Walk through the segments of a JPEG up to its first scan.

    Args:
        data: The file's bytes.

    Returns:
        The header; None if the file ends or breaks before its first scan.

    Source:
        ITU-T T.81 (1992), annex B; CIPA DC-008 (Exif 2.32), section 4.6.
    """
    frame: tuple[int, int, int, int] | None = None
    orientation, position = 1, 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF or marker in _WITHOUT_LENGTH:
            position += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", data, position + 2)
        if marker in _START_OF_FRAME and position + 10 <= len(data):
            frame = struct.unpack_from(">BHHB", data, position + 4)
        elif marker == _EXIF_SEGMENT:
            orientation = _orientation_of(data[position + 4 : position + 2 + length], orientation)
        elif marker == _START_OF_SCAN and frame is not None:
            bits, height_px, width_px, n_channels = frame
            return JpegHeader(width_px, height_px, bits, n_channels, orientation, position)
        position += 2 + length
    return None


def is_ended(data: bytes, header: JpegHeader) -> bool:
    """True where the end marker follows the first scan; bytes behind it are allowed."""
    return data.endswith(JPEG_END) or data.rfind(JPEG_END) > header.scan_position


_HEVC_BRANDS = frozenset([b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"])
_ANY_CODEC_BRANDS = frozenset([b"mif1", b"msf1"])


def is_heic(data: bytes) -> bool:
    """True where a file names itself HEIC or HEIF; AVIF has the same box, but another codec.

    Source:
        ISO/IEC 23008-12 (2022), section 10 and annex B.
    """
    if data[4:8] != b"ftyp":
        return False
    box = data[8 : min(int.from_bytes(data[:4]), 256)]
    brands = {box[start : start + 4] for start in range(0, len(box), 4)}
    return bool(brands & (_HEVC_BRANDS if b"avif" in brands else _HEVC_BRANDS | _ANY_CODEC_BRANDS))


def _orientation_of(segment: bytes, otherwise: int) -> int:
    """Find the orientation in the first directory of an EXIF segment."""
    tiff = segment[6:]
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if not segment.startswith(b"Exif\x00\x00") or order is None:
        return otherwise
    try:
        (directory,) = struct.unpack_from(f"{order}I", tiff, 4)
        (n_entries,) = struct.unpack_from(f"{order}H", tiff, directory)
        for entry in range(directory + 2, directory + 2 + 12 * n_entries, 12):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", tiff, entry)
            if tag == _ORIENTATION_TAG:
                return valid_orientation(value)
    except struct.error:
        return otherwise
    return otherwise


def valid_orientation(value: object) -> int:
    """The orientation 1–8 that a file states; 1 for anything else."""
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


Pixels = NDArray[Any]

_TURNS: Mapping[int, Callable[[Pixels], Pixels]] = {
    2: np.fliplr,
    3: lambda pixels: np.rot90(pixels, 2),
    4: np.flipud,
    5: lambda pixels: np.swapaxes(pixels, 0, 1),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: np.rot90(np.swapaxes(pixels, 0, 1), 2),
    8: np.rot90,
}


def turn_upright(pixels: Pixels, orientation: int) -> Pixels:
    """Apply an EXIF orientation.

    Args:
        pixels: (H, W) or (H, W, C), as stored in the file.
        orientation: 1–8; 1 is upright already.

    Returns:
        The upright array, contiguous; height and width swap for 5–8.

    Source:
        CIPA DC-008 (Exif 2.32), section 4.6.4, tag 0x0112.
    """
    if orientation not in _TURNS:
        return pixels
    return np.ascontiguousarray(_TURNS[orientation](pixels))
