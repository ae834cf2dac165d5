"""When and where a photo was taken, as its EXIF says."""

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PIL.ExifTags import GPS, IFD, Base

from crack_pipeline.errors import ImageReadError
from crack_pipeline.images.reading import LARGEST_MEGAPIXELS, open_picture

_TIMES = (
    (IFD.Exif, Base.DateTimeOriginal, Base.OffsetTimeOriginal),
    (IFD.Exif, Base.DateTimeDigitized, Base.OffsetTimeDigitized),
    (None, Base.DateTime, Base.OffsetTime),
)
_TIME_FORMAT = "%Y:%m:%d %H:%M:%S"
_PNG = b"\x89PNG"
_BROKEN = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, OSError)


@dataclass(frozen=True, slots=True)
class Shot:
    """Time and place of a photo; None where the file does not say it, or not readably.

    Attributes:
        taken_at: ISO 8601, with the offset from UTC where the camera wrote it.
        latitude: Degrees, north above 0.
        longitude: Degrees, east above 0.
    """

    taken_at: str | None = None
    latitude: float | None = None
    longitude: float | None = None


def read_shot(data: bytes) -> Shot:
    """Read time and place from the bytes of a photo; broken EXIF counts as none.

    Args:
        data: The file's bytes.

    Returns:
        What it says.

    Source:
        CIPA DC-008 (Exif 2.32), sections 4.6.5 and 4.6.6.

    >>> read_shot(b"no photo")
    Shot(taken_at=None, latitude=None, longitude=None)
    """
    if data.startswith(_PNG) and b"eXIf" not in data:
        return Shot()  # Pillow would decode all of it in search of a late one
    # Errors of any kind within `open_picture` come out as its own.
    with suppress(ImageReadError), open_picture(data, LARGEST_MEGAPIXELS) as picture:
        exif = picture.getexif()
        parts = {None: exif, IFD.Exif: exif.get_ifd(IFD.Exif)}
        place = exif.get_ifd(IFD.GPSInfo)
        return Shot(
            _read_time(parts),
            _read_degrees(place, GPS.GPSLatitude, GPS.GPSLatitudeRef, "NS", 90),
            _read_degrees(place, GPS.GPSLongitude, GPS.GPSLongitudeRef, "EW", 180),
        )
    return Shot()


def _read_time(parts: Mapping[IFD | None, Mapping[int, Any]]) -> str | None:
    for part, time_tag, offset_tag in _TIMES:
        with suppress(*_BROKEN):
            text = str(parts[part][time_tag]).strip("\0 ")
            taken = datetime.strptime(text, _TIME_FORMAT)
            with suppress(*_BROKEN):
                offset = str(parts[IFD.Exif][offset_tag]).strip("\0 ")
                return datetime.fromisoformat(f"{taken.isoformat()}{offset}").isoformat()
            return taken.isoformat()
    return None


def _read_degrees(
    place: Mapping[int, Any], value_tag: int, side_tag: int, sides: str, most: float
) -> float | None:
    with suppress(*_BROKEN):
        degrees, minutes, seconds = map(float, place[value_tag])
        side = str(place[side_tag]).strip("\0 ").upper()
        value = degrees + minutes / 60 + seconds / 3600
        if math.isfinite(value) and 0 <= value <= most and side in tuple(sides):
            return round(value if side == sides[0] else -value, 7)
    return None
