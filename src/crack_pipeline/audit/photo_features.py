"""Features of photos for the audit: a thumbnail, grey levels of the border, brightness."""

import logging
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.audit.settings import AuditSettings
from crack_pipeline.baselines.percentiles import measure_border_percentiles
from crack_pipeline.baselines.settings import PercentileSettings
from crack_pipeline.errors import ImageReadError
from crack_pipeline.images.reading import read_image
from crack_pipeline.progress import track
from crack_pipeline.splits.hashing import THUMBNAIL_PX, shrink_to_thumbnail
from crack_pipeline.types import GreyImage

logger = logging.getLogger(__name__)

_LEVELS = PercentileSettings().percentiles
_LEAST_SIDE_PX = 3


@dataclass(frozen=True, slots=True, eq=False)
class PhotoFeatures:
    """Photos that were read.

    Attributes:
        rows: Their N rows of the manifest, with its index.
        thumbnails: (N, 64, 64) uint8.
        border: (N, P) percentiles of the grey levels of a frame along the border, in [0, 1].
        brightness: (N, 1) mean grey level, in [0, 1].
        unread: Ids of photos that could not be read, or are too small to have a border.
    """

    rows: pd.DataFrame
    thumbnails: NDArray[np.uint8]
    border: NDArray[np.float64]
    brightness: NDArray[np.float64]
    unread: tuple[str, ...]


def read_features(
    rows: pd.DataFrame, settings: AuditSettings, *, description: str = "Auditing photos"
) -> PhotoFeatures:
    """Read photos of each split, at most so many as the settings allow.

    Args:
        rows: Usable rows of the manifest.
        settings: How many, and how wide the border is.
        description: Of the progress.

    Returns:
        What was read; the same photos for the same rows.
    """
    drawn = pd.concat(
        [
            some.sample(n=min(len(some), settings.max_photos), random_state=0).sort_index()
            for _, some in rows.groupby("split", sort=True, observed=True)
        ]
    )
    measured, unread = {}, []
    paths = zip(drawn.index, drawn["image_id"], drawn["image_path"], strict=True)
    for index, image_id, path in track(
        paths, total=len(drawn), description=description, unit="photos"
    ):
        try:
            measured[index] = _measure(Path(path), settings.border_px)
        except ImageReadError as error:
            logger.warning("A photo is not compared: %s", error)
            unread.append(str(image_id))
    thumbnails, border, brightness = zip(*measured.values(), strict=True) if measured else ((),) * 3
    return PhotoFeatures(
        rows=drawn.loc[list(measured)],
        thumbnails=np.array(thumbnails, np.uint8).reshape(-1, THUMBNAIL_PX, THUMBNAIL_PX),
        border=np.array(border, np.float64).reshape(-1, len(_LEVELS)),
        brightness=np.array(brightness, np.float64).reshape(-1, 1),
        unread=tuple(unread),
    )


def read_thumbnail(path: Path) -> GreyImage:
    """Read a photo and shrink it.

    Args:
        path: The photo.

    Returns:
        (64, 64) uint8.

    Raises:
        ImageReadError: If it cannot be read.
    """
    return shrink_to_thumbnail(_to_grey(read_image(path)))


def _measure(path: Path, border_px: int) -> tuple[GreyImage, NDArray[np.float64], float]:
    image = read_image(path)
    side_px = min(image.shape[:2])
    if side_px < _LEAST_SIDE_PX:
        raise ImageReadError(
            f"A photo with a border has at least {_LEAST_SIDE_PX} px a side.",
            received=f"{path}: {image.shape[1]}×{image.shape[0]} px",
            remedy="Leave it out with `ingestion.ignore`.",
        )
    grey = _to_grey(image)
    frame_px = min(border_px, (side_px - 1) // 2)
    border = measure_border_percentiles(image, _LEVELS, border_px=frame_px)
    return shrink_to_thumbnail(grey), border, float(grey.mean()) / 255.0


def _to_grey(image: NDArray[np.uint8]) -> GreyImage:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)
