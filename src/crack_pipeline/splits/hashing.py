"""Small grey pictures of photos, and their perceptual hashes."""

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.types import GreyImage

THUMBNAIL_PX = 64
_HASHED_PX = 32
_LOW_FREQUENCIES = 8


def shrink_to_thumbnail(grey: GreyImage) -> GreyImage:
    """Shrink a photo to 64×64, whatever its shape.

    Args:
        grey: (H, W) uint8.

    Returns:
        (64, 64) uint8, means over areas.
    """
    double = (2 * THUMBNAIL_PX, 2 * THUMBNAIL_PX)
    # Linear sampling reads every pixel below a factor of 2 and is four times as fast as areas.
    shrinks_little = min(grey.shape) < 2 * double[0]
    first = cv2.INTER_LINEAR if shrinks_little else cv2.INTER_AREA
    doubled = cv2.resize(grey, double, interpolation=first)
    thumbnail = cv2.resize(doubled, (THUMBNAIL_PX, THUMBNAIL_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(thumbnail, dtype=np.uint8)


def hash_thumbnail(thumbnail: GreyImage) -> str:
    """Perceptual hash: which of the 64 lowest frequencies lie above their median.

    Args:
        thumbnail: (64, 64) uint8.

    Returns:
        16 hexadecimal digits; similar photos differ in few bits.

    Source:
        Zauner, C. (2010), Implementation and Benchmarking of Perceptual Image Hash Functions,
        section 3.2.1 (with the lowest frequency kept, as in the library imagehash).
    """
    small = cv2.resize(thumbnail, (_HASHED_PX, _HASHED_PX), interpolation=cv2.INTER_AREA)
    frequencies = cv2.dct(small.astype(np.float32))[:_LOW_FREQUENCIES, :_LOW_FREQUENCIES].ravel()
    # The upper one of the two middle values cuts as the median does, without numpy's overhead.
    middle = np.partition(frequencies, frequencies.size // 2)[frequencies.size // 2]
    return np.packbits(frequencies >= middle).tobytes().hex()


def hashes_to_integers(hashes: list[str]) -> NDArray[np.uint64]:
    """Hexadecimal hashes as 64-bit integers.

    Args:
        hashes: N strings of 16 hexadecimal digits.

    Returns:
        (N,) uint64.
    """
    return np.frombuffer(bytes.fromhex("".join(hashes)), dtype=">u8").astype(np.uint64)
