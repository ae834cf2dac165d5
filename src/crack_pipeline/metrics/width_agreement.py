"""Are predicted cracks as wide as true ones?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crack_pipeline.measure.geometry import MaskLike, derive_geometry
from crack_pipeline.measure.scale import require_scale, to_mm
from crack_pipeline.metrics.additive import Additive
from crack_pipeline.metrics.rates import CountArray

_NORMAL_95 = 1.96


@dataclass(frozen=True, slots=True, eq=False)
class WidthSums(Additive):
    """Sums over points of the true centreline, of one photo, (), or of N, (N,).

    Attributes:
        points: Points with a predicted crack within the tolerance.
        points_missed: The other points.
        true_px: Sum of the true widths at ``points``.
        difference_px: Sum of predicted less true width.
        squared_px: Sum of the squares of that.
    """

    points: CountArray
    points_missed: CountArray
    true_px: NDArray[np.float64]
    difference_px: NDArray[np.float64]
    squared_px: NDArray[np.float64]


def measure_width_agreement(
    predicted: MaskLike, truth: MaskLike, *, tolerance_px: float
) -> WidthSums:
    """Compare widths along the true centreline, where the crack was found.

    At each point of the true centreline with a predicted crack pixel within the tolerance, the true
    width is compared with the predicted width at the nearest point of the predicted centreline.
    Either is off by half a pixel at most (see
    :attr:`crack_pipeline.measure.geometry.MaskGeometry.line_width_px`).

    Args:
        predicted: (H, W) of {0, 1}, or its geometry.
        truth: (H, W) of {0, 1}, or its geometry.
        tolerance_px: Distance between pixel centres, ≥ 0.

    Returns:
        Sums of shape ().

    Raises:
        ShapeError: If the shapes differ or a mask is not two-dimensional.
        ParameterError: If the tolerance is negative.
    """
    p, t = derive_geometry(predicted, truth)
    found = p.near(tolerance_px)[t.line]
    difference, true_px = np.zeros(0), t.line_width_px[found]
    if found.any():
        nearest = cKDTree(p.line_points).query(t.line_points[found])[1]
        difference = p.line_width_px[nearest] - true_px
    return WidthSums(
        points=np.array(difference.size),
        points_missed=np.array(found.size - difference.size),
        true_px=np.array(true_px.sum()),
        difference_px=np.array(difference.sum()),
        squared_px=np.array(np.square(difference).sum()),
    )


def summarize_widths(
    pooled: WidthSums, *, mm_per_px: float | None = None
) -> dict[str, float | None]:
    """Bias and limits of agreement from sums.

    The limits say how far apart the two widths of one point lie, in 95 of 100 points if differences
    are normally distributed. Points of one crack hang together, so this is no interval of the bias.

    Args:
        pooled: Sums of shape (): of a photo, or added up.
        mm_per_px: Ground resolution; None where it is not known.

    Returns:
        ``points`` compared; ``points_missed``, those of the true centreline without a predicted
        crack; ``mean_true_px``; ``bias_px``, the mean of predicted less true width, above 0 where
        cracks are drawn too wide; ``low_px`` and ``high_px``, the bias less and plus 1.96 standard
        deviations of the differences; the last three with ``_mm`` too. None below one point, two
        for the limits, and in mm where the scale is not known.

    Raises:
        ParameterError: If the ground resolution is not above 0.

    Source:
        Bland, Altman (1986), Statistical methods for assessing agreement between two methods of
        clinical measurement, https://doi.org/10.1016/S0140-6736(86)90837-8
    """
    require_scale(mm_per_px)
    n = int(pooled.points)
    bias = float(pooled.difference_px) / n if n else None
    low = high = None
    if bias is not None and n > 1:
        variance = max(float(pooled.squared_px) - n * bias**2, 0.0) / (n - 1)
        reach = _NORMAL_95 * float(np.sqrt(variance))
        low, high = bias - reach, bias + reach
    limits = {"bias": bias, "low": low, "high": high}
    return {
        "points": n,
        "points_missed": int(pooled.points_missed),
        "mean_true_px": float(pooled.true_px) / n if n else None,
        **{f"{name}_px": width for name, width in limits.items()},
        **{f"{name}_mm": to_mm(width, mm_per_px) for name, width in limits.items()},
    }
