"""Points of a photo that its other crops show too, each with a code of what lies around it.

A point and its code stay the same when the photo is flipped or turned by right angles: the code
describes the surroundings after they were brought into one of eight poses, which is kept beside it.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.splits.symmetries import bring_into_poses, waves_of
from crack_pipeline.types import GreyImage

# Finer is noise of the sensor and of JPEG; coarser is light.
_FINE_SIGMA_PX, _COARSE_SIGMA_PX = 1.5, 6.0
_LEAST_CONTRAST = 1.0
_APART_PX = 4

_SAMPLES, _SAMPLE_STEP_PX = 9, 3
_OFFSETS_PX = _SAMPLE_STEP_PX * np.arange(-(_SAMPLES // 2), _SAMPLES // 2 + 1)
MARGIN_PX = int(_OFFSETS_PX[-1])
"""Points lie at least this far from the border."""

_CODE_BITS = 64
# Around blobs brightness grows to no side: concrete gives about 1.5 poses a point.
_DOUBTFUL_SHARE = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Keypoints:
    """The points of one photo, or of several one after the other.

    A point without a clear pose is given several times, in each of its poses.

    Attributes:
        x_px: (K,) uint16 columns.
        y_px: (K,) uint16 rows.
        pose: (K,) uint8; the symmetry that brings the surroundings into the pose of the code.
        code: (K,) uint64; the most reliable bit first.
    """

    x_px: NDArray[np.uint16]
    y_px: NDArray[np.uint16]
    pose: NDArray[np.uint8]
    code: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.code)


def find_keypoints(grey: GreyImage, *, most: int) -> Keypoints:
    """Find the points of a photo that stand out from their surroundings.

    Args:
        grey: (H, W) uint8.
        most: Largest number of points; the strongest are kept.

    Returns:
        K points; none where the photo is blank or smaller than the surroundings of a point.
    """
    details = _band_of(grey)
    x_px, y_px = _find_extremes(details, most)
    frequencies, point, pose = bring_into_poses(
        _frequencies_around(details, x_px, y_px), doubtful_share=_DOUBTFUL_SHARE
    )
    x_px, y_px = x_px[point], y_px[point]
    code = _encode(frequencies, is_bright=details[y_px, x_px] > 0)
    return Keypoints(x_px.astype(np.uint16), y_px.astype(np.uint16), pose, code)


def join_keypoints(parts: list[Keypoints]) -> Keypoints:
    """Put the points of several photos one after the other.

    Args:
        parts: The points of each photo; at least one.

    Returns:
        All of them.
    """
    return Keypoints(
        np.concatenate([part.x_px for part in parts]),
        np.concatenate([part.y_px for part in parts]),
        np.concatenate([part.pose for part in parts]),
        np.concatenate([part.code for part in parts]),
    )


def _band_of(grey: GreyImage) -> NDArray[np.float32]:
    levels = grey.astype(np.float32)
    fine = cv2.GaussianBlur(levels, (0, 0), _FINE_SIGMA_PX)
    return np.asarray(fine - cv2.GaussianBlur(levels, (0, 0), _COARSE_SIGMA_PX), np.float32)


def _find_extremes(
    details: NDArray[np.float32], most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    strength = np.abs(details)
    window = np.ones((2 * _APART_PX + 1, 2 * _APART_PX + 1), np.uint8)
    stands_out = (cv2.dilate(strength, window) == strength) & (strength >= _LEAST_CONTRAST)
    inside = np.zeros_like(stands_out)
    inside[MARGIN_PX:-MARGIN_PX, MARGIN_PX:-MARGIN_PX] = True
    y_px, x_px = np.nonzero(stands_out & inside)
    if len(y_px) > most:
        strongest = np.argsort(-strength[y_px, x_px], kind="stable")[:most]
        y_px, x_px = y_px[strongest], x_px[strongest]
    return x_px, y_px


_WAVES = waves_of(_SAMPLES, _SAMPLES)


def _frequencies_around(
    details: NDArray[np.float32], x_px: NDArray[np.int64], y_px: NDArray[np.int64]
) -> NDArray[np.float32]:
    rows = y_px[:, None, None] + _OFFSETS_PX[None, :, None]
    columns = x_px[:, None, None] + _OFFSETS_PX[None, None, :]
    return np.asarray(_WAVES @ details[rows, columns] @ _WAVES.T, np.float32)


def _coded_frequencies() -> NDArray[np.int64]:
    # The lowest ones are the most reliable. The two that decide the pose are always positive.
    both = np.argwhere(np.ones((_SAMPLES, _SAMPLES), dtype=bool))
    order = np.lexsort((both[:, 0], both.max(axis=1), both.sum(axis=1)))
    return both[order][3 : _CODE_BITS + 2]


_CODED = _coded_frequencies()


def _encode(
    frequencies: NDArray[np.float32], *, is_bright: NDArray[np.bool_]
) -> NDArray[np.uint64]:
    bits = frequencies[:, _CODED[:, 0], _CODED[:, 1]] > 0
    packed = np.packbits(np.column_stack([is_bright, bits]), axis=1)
    return np.ascontiguousarray(packed).view(">u8").ravel().astype(np.uint64)
