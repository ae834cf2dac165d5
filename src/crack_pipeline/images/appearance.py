"""How a photo looks, whatever it shows: its finest detail, light and compression."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.types import RgbImage

Numbers = NDArray[np.float64]

_WINDOW_PX, _WINDOWS_A_SIDE = 256, 4
_EDGES = np.array([0.5, 0.42, 0.35, 0.25])
_ROUNDING = 1 / 12
"""Variance of rounding to whole levels; no band of a photo has less."""

_BLOCK_PX, _BLOCKS_PX = 8, 768


@dataclass(frozen=True, slots=True, eq=False)
class Appearance:
    """What can be told of a photo without knowing what it shows.

    Attributes:
        detail: (3,) from ``measure_detail``.
        light: Mean of half the median and the brightest level, as a share of the largest.
        blockiness: Logarithm of the jumps at the borders of JPEG's blocks beside other jumps.
    """

    detail: Numbers
    light: float
    blockiness: float


def measure_appearance(photo: RgbImage) -> Appearance:
    """Measure how a photo looks, of a large one in 16 windows.

    Args:
        photo: (H, W, 3) uint8.

    Returns:
        The appearance.

    Source:
        Fan, de Queiroz (2003), Identification of bitmap compression history,
        https://doi.org/10.1109/TIP.2002.807361 (blockiness).

    >>> plain = np.full((64, 64, 3), 102, np.uint8)
    >>> look = measure_appearance(plain)
    >>> round(look.light, 2), round(look.blockiness, 2)
    (0.4, 0.0)
    """
    grey = [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in spread_windows(photo, _WINDOW_PX)]
    counts = np.sum([np.bincount(one.ravel(), minlength=256) for one in grey], axis=0)
    reached = np.cumsum(counts) / counts.sum()
    median, brightest = (int(np.searchsorted(reached, share)) for share in (0.5, 0.9999))
    return Appearance(
        measure_detail(photo), (0.5 * median + brightest) / 1.5 / 255, _measure_blocks(photo)
    )


def measure_detail(photo: RgbImage, zoom: float = 1.0) -> Numbers:
    """Power of the grey levels at the finest scales, as if the photo were resized.

    Args:
        photo: (H, W, 3) uint8.
        zoom: Factor of the size; below 1 shrinks.

    Returns:
        (3,) logarithms of the power between 0.5, 0.42, 0.35 and 0.25 periods per px.
    """
    power = np.zeros(len(_EDGES) - 1)
    windows = spread_windows(photo, round(_WINDOW_PX / zoom))
    for window in windows:
        grey = cv2.cvtColor(_fit(window, zoom), cv2.COLOR_RGB2GRAY).astype(np.float32)
        waves = np.abs(np.fft.rfft2((grey - grey.mean()) * _TAPER)) ** 2 / (_TAPER**2).sum()
        power += [waves[number == _BAND].mean() for number in range(len(power))]
    return np.asarray(np.log(power / len(windows) + _ROUNDING), np.float64)


def spread_windows(
    photo: RgbImage, side_px: int, per_side: int = _WINDOWS_A_SIDE
) -> list[RgbImage]:
    """Cut evenly spread windows, smaller where the photo is; fewer where they would coincide."""
    rows, columns = (
        np.unique(np.linspace(0, max(length - side_px, 0), per_side).astype(int))
        for length in photo.shape[:2]
    )
    return [
        np.ascontiguousarray(photo[row : row + side_px, column : column + side_px])
        for row in rows
        for column in columns
    ]


def _fit(window: RgbImage, zoom: float) -> RgbImage:
    """Resize a window and bring it to the side of the spectrum, mirrored where it is too small."""
    height, width = (max(round(side * zoom), 1) for side in window.shape[:2])
    mode = cv2.INTER_AREA if zoom < 1 else cv2.INTER_LINEAR
    resized = window if zoom == 1 else cv2.resize(window, (width, height), interpolation=mode)
    missing = [(0, max(0, _WINDOW_PX - side)) for side in (height, width)]
    filled = np.pad(resized, [*missing, (0, 0)], mode="symmetric")
    return np.asarray(filled[:_WINDOW_PX, :_WINDOW_PX], np.uint8)


def _measure_blocks(photo: RgbImage) -> float:
    rows, columns = (
        slice(start, start + _BLOCKS_PX)
        for start in (max(0, side - _BLOCKS_PX) // 2 // 8 * 8 for side in photo.shape[:2])
    )
    part = np.ascontiguousarray(photo[rows, columns])
    grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY).astype(np.float32)
    if min(grey.shape) < 3 * _BLOCK_PX:
        return 0.0
    jumps = np.zeros(_BLOCK_PX)
    for across in (grey, grey.T):
        third = np.abs(across[:, 3:] - 3 * (across[:, 2:-1] - across[:, 1:-2]) - across[:, :-3])
        profile, place = third.mean(axis=0), (np.arange(across.shape[1] - 3) + 2) % _BLOCK_PX
        jumps += [profile[place == number].mean() for number in range(_BLOCK_PX)]
    return float(np.log((jumps[0] / 2 + 0.05) / (np.median(jumps) / 2 + 0.05)))


def _find_bands() -> NDArray[np.int64]:
    down = np.abs(np.fft.fftfreq(_WINDOW_PX))[:, None]
    frequency = np.maximum(down, np.fft.rfftfreq(_WINDOW_PX)[None])
    return np.asarray(len(_EDGES) - 1 - np.digitize(frequency, _EDGES[::-1], right=True))


_TAPER = np.outer(*[np.hanning(_WINDOW_PX + 2)[1:-1].astype(np.float32)] * 2)
_BAND = _find_bands()
