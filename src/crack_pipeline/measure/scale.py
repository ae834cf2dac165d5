"""Ground resolution: from px to mm."""

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
