"""Checks of drawn outlines, the same for all formats."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import MaskError
from crack_pipeline.masks.tracing import Ring

POINTS_CLIPPED = "mask_points_clipped"
OTHER_CLASSES_LEFT_OUT = "mask_other_classes_left_out"
THIN_LINES_DRAWN = "mask_thin_lines_drawn"
_WORDS = {
    POINTS_CLIPPED: "points slightly outside the photo",
    OTHER_CLASSES_LEFT_OUT: "outlines of other classes",
    THIN_LINES_DRAWN: "outlines thinner than a pixel",
}

SLIGHTLY_OUTSIDE = 0.02
"""Share of a side by which points may lie outside the photo; they are moved to its border."""


def refuse_annotation(received: str) -> MaskError:
    """The error for an annotation that says not, or not rightly, what is crack.

    Args:
        received: Kind of fault, then a colon and details where there are any.
    """
    return MaskError(
        "An annotation must outline cracks within its photo.",
        received=received,
        remedy="Correct the annotation, or list the photo under `ingestion.ignore`.",
    )


def note_counts(counts: Mapping[str, int]) -> str:
    """Say how many there were of each thing that was mended.

    Args:
        counts: Name of the change → how many; zeros are left out.

    Returns:
        "3 points slightly outside the photo, 1 outlines of other classes"; empty for none.
    """
    return ", ".join(f"{n} {_WORDS[name]}" for name, n in counts.items() if n)


def clip_to_photo(points: NDArray[np.float64], where: str) -> tuple[NDArray[np.float64], int]:
    """Move points that lie slightly outside the photo to its border.

    Args:
        points: (N, 2) x and y as shares of the photo's width and height.
        where: Where they stand, for the message: "line 3".

    Returns:
        The points within [0, 1], and how many were moved.

    Raises:
        MaskError: If there are fewer than three, or one is no finite number or far outside.
    """
    if len(points) < 3:
        raise refuse_annotation(f"outline of fewer than three points: {where}")
    if not np.isfinite(points).all():
        raise refuse_annotation(f"coordinate that is no finite number: {where}")
    outside = np.maximum(-points, points - 1).max(axis=1)
    if outside.max() > SLIGHTLY_OUTSIDE:
        worst = points[int(outside.argmax())]
        raise refuse_annotation(
            f"outline far outside the photo: {where} reaches {worst[0]:.4g}, {worst[1]:.4g} of its "
            "width and height"
        )
    return np.clip(points, 0, 1), int((outside > 0).sum())


def scale_to_pixels(points: NDArray[np.float64], width_px: int, height_px: int) -> Ring:
    """Turn shares of a photo's sides into pixels.

    Args:
        points: (N, 2) in [0, 1].
        width_px: Of the photo.
        height_px: Of the photo.

    Returns:
        (N, 2) px.
    """
    return points * np.array([width_px, height_px], np.float64)
