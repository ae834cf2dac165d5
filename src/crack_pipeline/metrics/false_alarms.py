"""How much crack is predicted where there is none: its length by area, and its own area."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.measure.centreline import measure_length
from crack_pipeline.measure.geometry import MaskLike, derive_geometry
from crack_pipeline.measure.scale import require_scale
from crack_pipeline.metrics.additive import Additive
from crack_pipeline.metrics.rates import CountArray

_MEGAPIXEL = 1e6
_MM_A_METRE = 1000.0


@dataclass(frozen=True, slots=True, eq=False)
class FalseAlarms(Additive):
    """False crack, of one photo, (), or of N, (N,).

    Attributes:
        false_length_px: Length of the predicted centreline beyond the tolerance of any true crack.
        false_area_px: Predicted pixels beyond the tolerance of any true crack.
        area_px: Pixels of the photo.
        crack_free: 1 where the true mask is empty.
        photos: 1 a photo.
    """

    false_length_px: NDArray[np.float64]
    false_area_px: CountArray
    area_px: CountArray
    crack_free: CountArray
    photos: CountArray

    def px_per_megapixel(self) -> NDArray[np.float64]:
        """False length in px by a million pixels of photo, in the shape of the sums."""
        return np.asarray(_MEGAPIXEL * self.false_length_px / self.area_px, np.float64)

    def area_share(self) -> NDArray[np.float64]:
        """Share of the photo that is marked falsely, in the shape of the sums."""
        return np.asarray(self.false_area_px / self.area_px, np.float64)


def measure_false_alarms(
    predicted: MaskLike, truth: MaskLike, *, tolerance_px: float
) -> FalseAlarms:
    """Length of the predicted centreline, and predicted area, beyond the tolerance of the truth.

    Args:
        predicted: (H, W) of {0, 1}, or its geometry.
        truth: (H, W) of {0, 1}, or its geometry.
        tolerance_px: Distance between pixel centres within which a crack excuses it, ≥ 0.

    Returns:
        Of shape (). Lengths are those of :func:`crack_pipeline.measure.centreline.measure_length`.

    Raises:
        ShapeError: If the shapes differ or a mask is not two-dimensional.
        ParameterError: If the tolerance is negative.
    """
    p, t = derive_geometry(predicted, truth)
    beyond = ~t.near(tolerance_px)
    return FalseAlarms(
        false_length_px=np.array(measure_length(p.line & beyond)),
        false_area_px=np.array(np.count_nonzero(p.pixels & beyond)),
        area_px=np.array(t.mask.size),
        crack_free=np.array(int(t.is_empty)),
        photos=np.array(1),
    )


def rate_false_alarms(
    photos: FalseAlarms, *, mm_per_px: float | None = None
) -> dict[str, float | None]:
    """False crack by area over N photos.

    Args:
        photos: Of shape (N,), N ≥ 0.
        mm_per_px: Ground resolution, the same for all photos; None where it is not known.

    Returns:
        ``photos``; ``photos_with_false_alarms``, how many of them have any; ``area_share``, the
        share of their pixels that is marked falsely (a blob has a short centreline: read it beside
        the length); ``px_per_megapixel``, false length in px by a million pixels; ``m_per_m2``,
        metres by square metre. Length and area are added up over the photos first; None without
        photos, or where the scale is not known.

    Raises:
        ParameterError: If the ground resolution is not above 0.
    """
    require_scale(mm_per_px)
    n_photos, pooled = len(photos.photos), photos.pooled()
    by_area = float(pooled.false_length_px / pooled.area_px) if n_photos else None
    metres = None if by_area is None or mm_per_px is None else by_area * _MM_A_METRE / mm_per_px
    return {
        "photos": n_photos,
        "photos_with_false_alarms": int(np.count_nonzero(photos.false_length_px)),
        "area_share": float(pooled.area_share()) if n_photos else None,
        "px_per_megapixel": None if by_area is None else _MEGAPIXEL * by_area,
        "m_per_m2": metres,
    }
