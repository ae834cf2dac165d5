"""Make many photos of METU size out of few: each one another picture, in a temporary folder.

The first are the given files themselves, byte for byte, so that the copies and overlaps of the
real data stay. Each further one lays two of them over each other, cropped, flipped, turned and
brightened by a seeded draw, restores the contrast and stores the result as JPEG of about the same
size. Every eighth is the one before it once more, flipped or turned, brightened and stored anew.
"""

import shutil
from pathlib import Path

import cv2
import joblib
import numpy as np

CLASSES = ("Negative", "Positive")
_SIDE_PX = 227
_CROP_PX = 180
_JPEG_QUALITY = 92
_FILES_A_CHUNK = 500
_ONE_OF_SO_MANY_IS_A_COPY = 8


def make_photos(originals: Path, folder: Path, n_photos: int) -> Path:
    """Make a data set of class folders.

    Args:
        originals: Holds ``Positive`` and ``Negative``.
        folder: Where to.
        n_photos: How many, half of each class.

    Returns:
        The folder.
    """
    for name in CLASSES:
        (folder / name).mkdir(parents=True)
        files = sorted((originals / name).glob("*.jpg"))
        numbers = range(n_photos // len(CLASSES))
        chunks = [numbers[start : start + _FILES_A_CHUNK] for start in numbers[::_FILES_A_CHUNK]]
        joblib.Parallel(n_jobs=-1)(
            joblib.delayed(_make_some)(files, folder / name, chunk) for chunk in chunks
        )
    return folder


def _make_some(files: list[Path], folder: Path, numbers: range) -> None:
    cv2.setNumThreads(1)
    for number in numbers:
        target = folder / f"{number:05d}.jpg"
        if number < len(files):
            shutil.copy(files[number], target)
        else:
            quality = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
            cv2.imwrite(str(target), _draw_photo(files, number), quality)


def _draw_photo(files: list[Path], number: int) -> np.ndarray:
    if number % _ONE_OF_SO_MANY_IS_A_COPY:
        return _blend(files, number)
    rng = np.random.default_rng(number)
    turned = np.rot90(_blend(files, number - 1), int(rng.integers(4)))
    flipped = turned[:: -1 if rng.integers(2) else 1]
    return np.clip(flipped.astype(np.float32) + rng.uniform(-10, 10), 0, 255).astype(np.uint8)


def _blend(files: list[Path], number: int) -> np.ndarray:
    rng = np.random.default_rng(number)
    chosen = [files[number % len(files)], files[int(rng.integers(len(files)))]]
    first, second = (_draw_view(cv2.imread(str(path)), rng) for path in chosen)
    both = (first - first.mean() + second - second.mean()) / np.sqrt(2)
    return np.clip(both + first.mean() + rng.uniform(-20, 20), 0, 255).astype(np.uint8)


def _draw_view(photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    row, column = rng.integers(0, _SIDE_PX - _CROP_PX, 2)
    crop = photo[row : row + _CROP_PX, column : column + _CROP_PX]
    turned = np.rot90(crop, int(rng.integers(4)))
    flipped = np.ascontiguousarray(turned[:: -1 if rng.integers(2) else 1])
    enlarged = cv2.resize(flipped, (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_CUBIC)
    return enlarged.astype(np.float32)
