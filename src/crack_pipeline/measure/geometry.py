"""Geometry of one mask: centreline, widths, pieces, boundary, distances; each made once, if asked.

Several metrics compare the same two masks, and thinning and distance transforms are what they cost.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.measure.centreline import Pixels, cut_centreline, thin
from crack_pipeline.measure.skeletons import measure_half_width
from crack_pipeline.types import BinaryMask

_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


@dataclass(frozen=True, eq=False)
class MaskGeometry:
    """A mask with what is derived from it.

    Attributes:
        mask: (H, W) of {0, 1}, H and W ≥ 1.

    Raises:
        ShapeError: If the mask does not have two dimensions, or no pixel.

    >>> bar = np.zeros((9, 40), np.uint8)
    >>> bar[3:6] = 1
    >>> crack = MaskGeometry(bar)
    >>> len(crack.line_points), np.median(crack.line_width_px).item(), int(crack.boundary.sum())
    (39, 3.5, 82)
    """

    mask: BinaryMask

    def __post_init__(self) -> None:
        require_mask_shape(self.mask)

    @cached_property
    def pixels(self) -> Pixels:
        """(H, W) bool, the mask."""
        return np.asarray(self.mask > 0, np.bool_)

    @cached_property
    def is_empty(self) -> bool:
        """True where there is no crack."""
        return not self.pixels.any()

    @cached_property
    def line(self) -> Pixels:
        """(H, W) bool, the centreline."""
        return thin(self.mask)

    @cached_property
    def line_points(self) -> NDArray[np.int64]:
        """(L, 2) row and column of the centreline's pixels, row by row."""
        return np.argwhere(self.line).astype(np.int64)

    @cached_property
    def line_width_px(self) -> NDArray[np.float64]:
        """(L,) width of the mask at each of ``line_points``, at most the shorter side.

        It is off by half a pixel at most along rows and columns; docs/reference/metrics.md says by
        how much along slanting cracks.
        """
        return 2 * measure_half_width(self._bytes, *self.line_points.T)

    @cached_property
    def pieces(self) -> NDArray[np.int64]:
        """(L,) number of the piece of each of ``line_points``, −1 for none: ``cut_centreline``."""
        return cut_centreline(self.line)

    @cached_property
    def piece_width_px(self) -> NDArray[np.float64]:
        """(P,) median width of each piece."""
        numbers = np.arange(self.pieces.max(initial=-1) + 1)
        if numbers.size == 0:
            return np.zeros(0)
        return np.asarray(ndimage.median(self.line_width_px, self.pieces, numbers), np.float64)

    @cached_property
    def boundary(self) -> Pixels:
        """(H, W) bool, crack pixels beside background; outside of the photo is background.

        Beside means above, below, left or right.
        """
        inside = cv2.erode(
            self._bytes, _CROSS, borderType=cv2.BORDER_CONSTANT, borderValue=(0, 0, 0, 0)
        )
        return self.pixels & np.asarray(inside == 0, np.bool_)

    def near(self, tolerance_px: float) -> Pixels:
        """(H, W) bool, pixels within a Euclidean distance of the mask.

        Args:
            tolerance_px: Distance between pixel centres, ≥ 0.

        Raises:
            ParameterError: If the tolerance is negative.
        """
        return _widen(self._bytes, tolerance_px)

    def near_line(self, tolerance_px: float) -> Pixels:
        """(H, W) bool, pixels within a Euclidean distance of the centreline.

        Args:
            tolerance_px: Distance between pixel centres, ≥ 0.

        Raises:
            ParameterError: If the tolerance is negative.
        """
        return _widen(self.line.astype(np.uint8), tolerance_px)

    def boundary_distance(self, places: Pixels) -> NDArray[np.float64]:
        """(M,) distance in px from each of M places to the nearest boundary pixel.

        Args:
            places: (H, W) bool, M of them chosen.

        Returns:
            Distances between pixel centres, row by row; infinite without a boundary.
        """
        if self.is_empty:
            return np.full(np.count_nonzero(places), np.inf)
        distance = self._to_boundary[places].astype(np.float64)
        # Squares are whole numbers: this takes off the error of 32 bits.
        return np.sqrt(np.rint(distance**2))

    @cached_property
    def _bytes(self) -> NDArray[np.uint8]:
        return self.pixels.astype(np.uint8)

    @cached_property
    def _to_boundary(self) -> NDArray[np.float32]:
        elsewhere = (~self.boundary).astype(np.uint8)
        distance = cv2.distanceTransform(elsewhere, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        return np.asarray(distance, np.float32)


MaskLike: TypeAlias = BinaryMask | MaskGeometry
"""A mask, or its geometry where another metric needs it too."""


def derive_geometry(predicted: MaskLike, truth: MaskLike) -> tuple[MaskGeometry, MaskGeometry]:
    """The geometry of a pair, taken over where it is known already.

    Args:
        predicted: (H, W) of {0, 1}.
        truth: (H, W) of {0, 1}.

    Returns:
        Of the predicted and of the true mask.

    Raises:
        ShapeError: If the shapes differ or a mask is not two-dimensional.
    """
    pair = tuple(
        mask if isinstance(mask, MaskGeometry) else MaskGeometry(mask)
        for mask in (predicted, truth)
    )
    require_same_shape(pair[1].mask, pair[0].mask)
    return pair[0], pair[1]


def _widen(mask: NDArray[np.uint8], tolerance_px: float) -> Pixels:
    return np.asarray(cv2.dilate(mask, draw_disc(tolerance_px)) > 0)


@cache
def draw_disc(radius_px: float) -> NDArray[np.uint8]:
    """All offsets within a Euclidean distance, as a structuring element.

    Args:
        radius_px: Distance between pixel centres, ≥ 0.

    Returns:
        (2r + 1, 2r + 1) uint8 of {0, 1}, r being the whole part of the radius.

    Raises:
        ParameterError: If the radius is negative.

    >>> draw_disc(1)
    array([[0, 1, 0],
           [1, 1, 1],
           [0, 1, 0]], dtype=uint8)
    """
    if radius_px < 0:
        raise ParameterError(
            "`tolerance_px` must be at least 0.",
            received=f"{radius_px}",
            remedy="Give a distance in pixels; 2 is usual for cracks.",
        )
    reach = int(radius_px)
    offset = np.arange(-reach, reach + 1)
    disc = (offset[:, None] ** 2 + offset[None, :] ** 2 <= radius_px**2).astype(np.uint8)
    disc.setflags(write=False)
    return disc


def require_mask_shape(mask: NDArray[np.generic]) -> None:
    """Check that an array has the shape of a mask.

    Args:
        mask: Any shape.

    Raises:
        ShapeError: If it does not have two dimensions, or no pixel.
    """
    if mask.ndim != 2 or mask.size == 0:
        raise ShapeError(
            "A mask must have two dimensions, height and width, of at least one pixel.",
            received=f"shape {mask.shape}",
            remedy="Drop the channel axis: mask[..., 0].",
        )


def require_same_shape(truth: NDArray[np.generic], predicted: NDArray[np.generic]) -> None:
    """Check that truth and prediction cover the same elements.

    Args:
        truth: Any shape.
        predicted: Any shape.

    Raises:
        ShapeError: If the shapes differ.
    """
    if truth.shape != predicted.shape:
        raise ShapeError(
            "Truth and prediction must have the same shape.",
            received=f"truth {truth.shape}, prediction {predicted.shape}",
            remedy="Compare a prediction with the mask of the same photo at the same size.",
        )
