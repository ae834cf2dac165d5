"""Compare pictures: the frames of one file, or a file with another."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.images.reading import open_picture, refuse_file, require_size, samples_of

_SAME_PICTURE = 0.98


def require_one_picture(data: bytes, *, max_megapixels: float) -> None:
    """Refuse a file of several pictures that differ, since nobody can say which is meant.

    Blank pages and copies of the first one, of another size too, are no further pictures.

    Args:
        data: Bytes of a file of several frames or pages.
        max_megapixels: Largest allowed number of pixels, in millions.

    Raises:
        ImageReadError: If another picture than the first holds something else, or cannot be read.
    """
    with open_picture(data, max_megapixels) as picture:
        first, n_pictures = samples_of(picture), getattr(picture, "n_frames", 1)
        for number in range(1, n_pictures):
            picture.seek(number)
            require_size(*picture.size, max_megapixels)
            other = samples_of(picture)
            is_blank = bool((other == other[0, 0]).all())
            if not (is_blank or _show_the_same(first, other)):
                raise refuse_file(
                    f"several pictures: {n_pictures} in one file, and number {number + 1} is not "
                    "the first one; save the one that is meant alone"
                )


def measure_likeness(
    samples: NDArray[Any], other: NDArray[Any], where: NDArray[np.bool_] | None = None
) -> float:
    """Compare two pictures, the second at the size of the first.

    Args:
        samples: (H, W) or (H, W, C) numbers.
        other: (h, w) or (h, w, C) likewise.
        where: (H, W) pixels to compare; all by default.

    Returns:
        Pearson's correlation of their mean channels, 0 where one is constant.
    """
    grey, second = to_grey(samples), to_grey(other)
    if second.shape != grey.shape:
        area = cv2.INTER_AREA if second.size > grey.size else cv2.INTER_LINEAR
        second = np.asarray(cv2.resize(second, grey.shape[::-1], interpolation=area), np.float32)
    first, second = (
        (grey.ravel(), second.ravel()) if where is None else (grey[where], second[where])
    )
    if first.size == 0 or first.std() == 0 or second.std() == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def _show_the_same(samples: NDArray[Any], other: NDArray[Any]) -> bool:
    """True for copies: alike at another size; at one size alike but for edges at half range."""
    if samples.shape[:2] != other.shape[:2]:
        return measure_likeness(samples, other) >= _SAME_PICTURE
    first, second = _split_at_half(samples), _split_at_half(other)
    square = np.ones((3, 3), np.uint8)
    is_edge = cv2.dilate(first, square) != cv2.erode(first, square)
    return not bool(((first != second) & ~is_edge).any())


def _split_at_half(samples: NDArray[Any]) -> NDArray[np.uint8]:
    grey = to_grey(samples)
    return np.asarray(2 * grey > grey.min() + grey.max(), np.uint8)


def to_grey(samples: NDArray[Any]) -> NDArray[np.float32]:
    """The mean channel, (H, W), of (H, W) or (H, W, C) numbers."""
    if samples.ndim == 3:
        return np.asarray(samples.mean(axis=2, dtype=np.float32))
    return samples.astype(np.float32)
