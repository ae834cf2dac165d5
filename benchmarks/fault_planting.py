"""Faults put into good masks on purpose, to see how many of them a ranking finds."""

from collections.abc import Callable, Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from crack_pipeline.errors import ParameterError
from crack_pipeline.types import BinaryMask
from crack_pipeline.wording.suggestions import suggest_name

Plant = Callable[[BinaryMask, np.random.Generator], BinaryMask]

SWAPPED = "swapped"
PLANTED_SHARE = 0.03
LOOKED_AT_SHARE = 0.10


def choose_pairs(n_pairs: int, seed: int, *, share: float = PLANTED_SHARE) -> NDArray[np.int64]:
    """Choose the pairs that get a fault.

    Args:
        n_pairs: Number of pairs in the data set.
        seed: Another seed chooses others.
        share: Share of them, at least two pairs.

    Returns:
        (K,) positions, ascending.

    Raises:
        ParameterError: If there are fewer than two pairs.
    """
    if n_pairs < 2:
        raise ParameterError(
            "`n_pairs` must be at least 2: a swap needs a partner.",
            received=str(n_pairs),
            remedy="Plant faults into a larger data set.",
        )
    n_chosen = max(2, round(share * n_pairs))
    chosen = np.random.default_rng(seed).choice(n_pairs, n_chosen, replace=False)
    return np.sort(chosen).astype(np.int64)


def plant_faults(kind: str, masks: Sequence[BinaryMask], seed: int) -> list[BinaryMask]:
    """Spoil masks.

    Args:
        kind: ``swapped``, or one of ``FAULTS``.
        masks: (H, W) of {0, 1} each; for ``swapped`` at least two.
        seed: Decides directions and sides.

    Returns:
        As many masks of the same shapes. Swapped ones have gone one photo further, resized where
        sizes differ.

    Raises:
        ParameterError: If the kind is unknown.
    """
    if kind == SWAPPED:
        partners = [*masks[1:], masks[0]]
        return [_fit(partner, mask.shape) for mask, partner in zip(masks, partners, strict=True)]
    if kind not in FAULTS:
        raise ParameterError(
            "`kind` must name a fault.",
            received=kind,
            remedy=suggest_name(kind, (SWAPPED, *FAULTS)),
        )
    rng = np.random.default_rng(seed)
    return [FAULTS[kind](mask, rng) for mask in masks]


def measure_found_share(
    scores: ArrayLike, planted: ArrayLike, *, looked_at: float = LOOKED_AT_SHARE
) -> float:
    """Share of the planted faults within the first part of the ranking.

    Args:
        scores: (N,) the worse the higher; ties count in the order of the photos.
        planted: (K,) positions of the faults.
        looked_at: Share of the ranking that somebody looks at.

    Returns:
        A share in [0, 1].
    """
    ranking = np.argsort(-np.asarray(scores, np.float64), kind="stable")
    first = ranking[: round(looked_at * ranking.size)]
    return float(np.isin(np.asarray(planted), first).mean())


def invert_mask(mask: BinaryMask, rng: np.random.Generator | None = None) -> BinaryMask:
    """Exchange crack and background."""
    return np.asarray(1 - mask, np.uint8)


def shift_mask(mask: BinaryMask, rng: np.random.Generator, *, length_px: float) -> BinaryMask:
    """Move a mask in a random direction; what enters at the border is background.

    Args:
        mask: (H, W) of {0, 1}.
        rng: Draws the direction.
        length_px: How far, in px, before rounding to whole ones.

    Returns:
        (H, W) of {0, 1}.
    """
    angle = rng.uniform(0.0, 2.0 * np.pi)
    dx_px, dy_px = round(length_px * np.cos(angle)), round(length_px * np.sin(angle))
    move = np.array([[1, 0, dx_px], [0, 1, dy_px]], np.float32)
    moved = cv2.warpAffine(mask, move, mask.shape[::-1], flags=cv2.INTER_NEAREST)
    return np.asarray(moved, np.uint8)


def dilate_mask(
    mask: BinaryMask, rng: np.random.Generator | None = None, *, radius_px: float = 3.0
) -> BinaryMask:
    """Add everything within a distance of the mask.

    Args:
        mask: (H, W) of {0, 1}.
        rng: Not used.
        radius_px: The distance.

    Returns:
        (H, W) of {0, 1}.
    """
    if not mask.any():
        return mask.copy()
    distance = cv2.distanceTransform(1 - mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return (distance <= radius_px).astype(np.uint8)


def erase_half(mask: BinaryMask, rng: np.random.Generator) -> BinaryMask:
    """Erase the half of the crack that lies on one side of a line in a random direction.

    Args:
        mask: (H, W) of {0, 1}.
        rng: Draws the direction.

    Returns:
        (H, W) of {0, 1}, about half as many crack pixels.
    """
    angle = rng.uniform(0.0, 2.0 * np.pi)
    rows, columns = np.nonzero(mask)
    along = columns * np.cos(angle) + rows * np.sin(angle)
    half = mask.copy()
    if along.size:
        gone = along > np.median(along)
        half[rows[gone], columns[gone]] = 0
    return half


def _fit(mask: BinaryMask, shape: tuple[int, ...]) -> BinaryMask:
    if mask.shape == shape:
        return mask.copy()
    return np.asarray(cv2.resize(mask, shape[::-1], interpolation=cv2.INTER_NEAREST), np.uint8)


FAULTS: Mapping[str, Plant] = {
    "inverted": invert_mask,
    "shifted_15px": lambda mask, rng: shift_mask(mask, rng, length_px=15),
    "shifted_6px": lambda mask, rng: shift_mask(mask, rng, length_px=6),
    "shifted_3px": lambda mask, rng: shift_mask(mask, rng, length_px=3),
    "dilated_3px": dilate_mask,
    "half_erased": erase_half,
}
"""Kinds of faults that need no second photo."""
