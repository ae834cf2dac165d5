"""Ground resolution: from px to mm."""

import math
from dataclasses import dataclass

import numpy as np

from crack_pipeline.errors import ParameterError


def require_scale(mm_per_px: float | None) -> None:
    """Check a ground resolution.

    Args:
        mm_per_px: Ground resolution; None where it is not known.

    Raises:
        ParameterError: If it is not a number above 0.
    """
    if mm_per_px is not None and not 0 < mm_per_px < np.inf:
        raise ParameterError(
            "`mm_per_px` must be above 0.",
            received=f"{mm_per_px}",
            remedy="Give the size of a pixel on the surface in mm, or nothing if it is not known.",
        )


def to_mm(length_px: float | None, mm_per_px: float | None) -> float | None:
    """Convert a length or width.

    Args:
        length_px: In px; None where it is not known.
        mm_per_px: Ground resolution; None where it is not known.

    Returns:
        In mm; None where either is not known.

    Examples:
        >>> to_mm(12.0, 0.25)
        3.0
    """
    return None if length_px is None or mm_per_px is None else length_px * mm_per_px


@dataclass(frozen=True, slots=True)
class Scale:
    """Ground resolution of one photo, how far it may be off, and where it comes from.

    Attributes:
        mm_per_px: Size of a pixel on the surface; None where it is not known.
        relative_error: Half-width of its 95 % interval as a share of it.
        source: Origin in words.

    Raises:
        ParameterError: If a number is out of range.

    >>> Scale(0.4, 0.05, "given by the user").relative_error
    0.05
    """

    mm_per_px: float | None = None
    relative_error: float = 0.03
    source: str = "not given"

    def __post_init__(self) -> None:
        require_scale(self.mm_per_px)
        if not (math.isfinite(self.relative_error) and 0 <= self.relative_error < 1):
            raise ParameterError(
                "The relative error of the scale must lie in [0, 1).",
                received=f"{self.relative_error}",
                remedy="Give a share: 0.03 for ±3 %.",
            )
