"""Correlate the surface that two photos are said to share, at one scale or at two."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.splits.symmetries import apply_symmetry
from crack_pipeline.types import GreyImage

_FINE_SIGMA_PX, _COARSE_SIGMA_PX, _CONTRAST_SIGMA_PX = 1.0, 6.0, 12.0
# In grey levels: fainter details are noise, and stay faint after the contrast is evened out.
_NOISE_LEVEL = 1.0
_LARGEST_DETAIL = 3.0
_LEAST_CONTRAST = 0.3
_SLACK_PX = 2
_LEAST_SIDE_PX = 12

Details = NDArray[np.float32]
"""(H, W) float32 around 0: what is left of a photo without light and with even contrast."""


@dataclass(frozen=True, slots=True)
class SharedPart:
    """The part of the surface that two photos share.

    Attributes:
        dx_px: Column of the first photo where the second one's left edge lies.
        dy_px: Row of the first photo where the second one's upper edge lies.
        share: Area of the shared part, of the smaller photo.
        correlation: Of the details there, in [-1, 1]; 0 where one of them is blank.
    """

    dx_px: int
    dy_px: int
    share: float
    correlation: float


def even_out(grey: GreyImage) -> Details:
    """Take uneven light and uneven contrast out of a photo.

    Uneven light alone correlates unrelated concrete at .9; a crack alone correlates with any other
    straight crack. What is left is the grain, in which a crack weighs as much as its area.

    Args:
        grey: (H, W) uint8.

    Returns:
        (H, W) float32 in [-3, 3].
    """
    levels = grey.astype(np.float32)
    fine = cv2.GaussianBlur(levels, (0, 0), _FINE_SIGMA_PX)
    details = fine - cv2.GaussianBlur(levels, (0, 0), _COARSE_SIGMA_PX)
    power = cv2.GaussianBlur(details * details, (0, 0), _CONTRAST_SIGMA_PX)
    even = details / np.sqrt(power + _NOISE_LEVEL**2)
    return np.asarray(np.clip(even, -_LARGEST_DETAIL, _LARGEST_DETAIL), np.float32)


def compare_shared(
    first: Details, second: Details, *, symmetry: int, dx_px: int, dy_px: int
) -> SharedPart:
    """Correlate the shared part of two photos, at the best place within two pixels.

    Args:
        first: (H, W) details of the one photo.
        second: (H', W') details of the other, as it is stored.
        symmetry: What flips or turns the second photo as the first one lies.
        dx_px: Column of the first photo where the flipped second one's left edge is expected.
        dy_px: Row where its upper edge is expected.

    Returns:
        Where they fit best, how much they share and how well it correlates.
    """
    turned = apply_symmetry(second, symmetry)
    rows, rows_there = _shared_range(first.shape[0], turned.shape[0], dy_px)
    columns, columns_there = _shared_range(first.shape[1], turned.shape[1], dx_px)
    here, there = first[rows, columns], turned[rows_there, columns_there]
    share = here.size / min(first.size, second.size)
    if min(here.shape) < _LEAST_SIDE_PX:
        return SharedPart(dx_px, dy_px, share, 0.0)
    x_px, y_px, correlation = _search_around(here, there)
    return SharedPart(dx_px + x_px, dy_px + y_px, share, correlation)


def correlate_where(first: Details, second: Details, shared: NDArray[np.bool_]) -> float:
    """Correlate two photos that lie on each other, on a part of any shape.

    Args:
        first: (H, W) details.
        second: (H, W) details.
        shared: (H, W) bool; True where both show something.

    Returns:
        Zero-normalised correlation; 0 where one of them is blank.
    """
    here, there = first[shared], second[shared]
    if here.size < _LEAST_SIDE_PX**2 or min(here.std(), there.std()) < _LEAST_CONTRAST:
        return 0.0
    here, there = here - here.mean(), there - there.mean()
    return float((here * there).mean() / (here.std() * there.std()))


def _shared_range(length_px: int, other_px: int, offset_px: int) -> tuple[slice, slice]:
    start, stop = max(0, offset_px), max(0, min(length_px, offset_px + other_px))
    stop = max(start, stop)
    return slice(start, stop), slice(start - offset_px, stop - offset_px)


def _search_around(here: Details, there: Details) -> tuple[int, int, float]:
    inner = np.ascontiguousarray(there[_SLACK_PX:-_SLACK_PX, _SLACK_PX:-_SLACK_PX])
    if min(float(here.std()), float(inner.std())) < _LEAST_CONTRAST:
        return 0, 0, 0.0
    fits = cv2.matchTemplate(np.ascontiguousarray(here), inner, cv2.TM_CCOEFF_NORMED)
    row, column = np.unravel_index(int(fits.argmax()), fits.shape)
    return int(column) - _SLACK_PX, int(row) - _SLACK_PX, float(fits[row, column])


_LARGEST_ERROR_PX = 2.0
# Views are shrunk in steps; what lies between two steps is left for the fit.
_LARGEST_REST = 1.3
_BORDER_PX = 4


def compare_scaled(
    first: GreyImage, second: GreyImage, places: NDArray[np.float64]
) -> SharedPart | None:
    """Lay one view on another by the points that both show, and correlate what they share.

    Args:
        first: (H, W) uint8 view.
        second: (H', W') uint8 view, as it is stored.
        places: (M, 2, 2) x, y of the same points in the first and in the second view.

    Returns:
        Where they fit, how much they share and how well it correlates; None where the points
        contradict each other.
    """
    there = places[:, 1].astype(np.float32)
    here = places[:, 0].astype(np.float32)
    fitted, _ = cv2.estimateAffine2D(there, here, ransacReprojThreshold=_LARGEST_ERROR_PX)
    if np.size(fitted) != 6:  # none fits
        return None
    transform = np.asarray(fitted, dtype=np.float64)
    if not _is_likely(transform):
        return None
    size_px = first.shape[::-1]
    laid = np.asarray(cv2.warpAffine(second, transform, size_px, flags=cv2.INTER_LINEAR), np.uint8)
    shared = _covered_by(second.shape, transform, size_px)
    share = float(shared.sum()) / min(first.size, second.size)
    correlation = correlate_where(even_out(first), even_out(laid), shared)
    corner = np.where(shared.any(axis=0))[0][:1], np.where(shared.any(axis=1))[0][:1]
    x_px, y_px = (int(places_px[0]) if len(places_px) else 0 for places_px in corner)
    return SharedPart(x_px, y_px, min(share, 1.0), correlation)


def _is_likely(transform: NDArray[np.float64]) -> bool:
    stretches = np.linalg.svd(transform[:, :2], compute_uv=False)
    return bool(stretches[0] <= _LARGEST_REST and stretches[1] >= 1 / _LARGEST_REST)


def _covered_by(
    shape: tuple[int, ...], transform: NDArray[np.float64], size_px: tuple[int, ...]
) -> NDArray[np.bool_]:
    whole = np.full(shape, 255, np.uint8)
    covered = cv2.warpAffine(whole, transform, size_px, flags=cv2.INTER_NEAREST)
    # Beyond the border of a view there is nothing, and blurring spreads it inwards.
    window = np.ones((2 * _BORDER_PX + 1, 2 * _BORDER_PX + 1), np.uint8)
    return np.asarray(cv2.erode(covered, window) > 0)
