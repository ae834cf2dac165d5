"""Perceptual hashes that stay the same when a photo is flipped or turned by right angles."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.splits.hashing import THUMBNAIL_PX
from crack_pipeline.splits.symmetries import bring_into_poses, waves_of

_SIDE, _HASHED_PX = 8, THUMBNAIL_PX // 2
_DOUBTFUL_SHARE = 0.15
_PHOTOS_AT_ONCE = 2048


@dataclass(frozen=True, slots=True, eq=False)
class PosedHashes:
    """Hashes of photos that were brought into a pose first.

    Attributes:
        code: (K,) uint64.
        row: (K,) int64; the photo of each. Photos without a clear pose have several.
        pose: (K,) uint8; the symmetry that brings the photo into the pose.
    """

    code: NDArray[np.uint64]
    row: NDArray[np.int64]
    pose: NDArray[np.uint8]


def hash_in_pose(thumbnails: NDArray[np.uint8]) -> PosedHashes:
    """Hash photos as they look when brightness grows to the right, then downwards.

    Args:
        thumbnails: (N, 64, 64) uint8.

    Returns:
        The hashes, some thousand photos after the others, by rising rows within each pose that was
        tried.
    """
    # Some at a time: thumbnails may be mapped from a file, and are never in memory together.
    some = [
        _hash_some(thumbnails[start : start + _PHOTOS_AT_ONCE], start)
        for start in range(0, len(thumbnails), _PHOTOS_AT_ONCE)
    ]
    empty = PosedHashes(np.empty(0, np.uint64), np.empty(0, np.int64), np.empty(0, np.uint8))
    return PosedHashes(
        np.concatenate([empty.code, *(found.code for found in some)]),
        np.concatenate([empty.row, *(found.row for found in some)]),
        np.concatenate([empty.pose, *(found.pose for found in some)]),
    )


_WAVES = waves_of(_SIDE, _HASHED_PX)


def _hash_some(thumbnails: NDArray[np.uint8], first_row: int) -> PosedHashes:
    frequencies, row, pose = bring_into_poses(
        _WAVES @ (_halve(thumbnails) @ _WAVES.T), doubtful_share=_DOUBTFUL_SHARE
    )
    return PosedHashes(_encode(frequencies), row + first_row, pose)


def _halve(thumbnails: NDArray[np.uint8]) -> NDArray[np.float32]:
    # Photos below each other are one tall photo: OpenCV halves it as it halves each alone.
    tall = thumbnails.reshape(-1, THUMBNAIL_PX)
    size_px = (_HASHED_PX, len(thumbnails) * _HASHED_PX)
    halved = np.asarray(cv2.resize(tall, size_px, interpolation=cv2.INTER_AREA))
    return halved.reshape(-1, _HASHED_PX, _HASHED_PX).astype(np.float32)


def _encode(frequencies: NDArray[np.float32]) -> NDArray[np.uint64]:
    flat = frequencies.reshape(len(frequencies), _SIDE * _SIDE)
    middle = np.partition(flat, flat.shape[1] // 2, axis=1)[:, flat.shape[1] // 2]
    packed = np.packbits(flat >= middle[:, None], axis=1)
    return np.ascontiguousarray(packed).view(">u8").ravel().astype(np.uint64)
