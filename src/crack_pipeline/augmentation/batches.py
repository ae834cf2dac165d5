"""Batches of tiles, chosen and augmented as functions of (seed, step)."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.augmentation.policy import AugmentationPolicy
from crack_pipeline.augmentation.transforms import apply_transform, draw_transform
from crack_pipeline.errors import ParameterError
from crack_pipeline.masks.skeletons import tube_skeleton
from crack_pipeline.tiles.store import TileStore

Batch: TypeAlias = tuple[NDArray[np.uint8], NDArray[Any]]
"""Tiles and their targets."""

MakeTargets: TypeAlias = Callable[[NDArray[np.uint8], NDArray[np.uint8] | None], NDArray[Any]]
"""(N, T, T, 3) tiles and (N, T, T) masks, or None → N targets."""

_ORDER_STREAM, _TRANSFORM_STREAM, _FREE_STREAM = 0, 1, 2


def batch_rows(
    rows: NDArray[np.int64], *, step: int, batch_size: int, seed: int
) -> NDArray[np.int64]:
    """Tiles of the batch at a global step of endless, freshly shuffled passes over the rows.

    A batch may straddle two passes, so that no tile is dropped and all batches are full.

    Args:
        rows: (M,) row numbers of the tiles to draw from, M ≥ 1.
        step: Global step, from 0, counted over all epochs.
        batch_size: Tiles a batch.
        seed: Seed of the order.

    Returns:
        (batch_size,) int64 row numbers.
    """
    positions = np.arange(step * batch_size, (step + 1) * batch_size)
    return _shuffled_at(rows, positions, [_ORDER_STREAM, seed])


def balanced_rows(
    cracked: NDArray[np.int64],
    crack_free: NDArray[np.int64],
    *,
    share: float,
    step: int,
    batch_size: int,
    seed: int,
) -> NDArray[np.int64]:
    """Tiles of the batch at a global step, so that a share of all drawn tiles shows no crack.

    Each kind comes in endless, freshly shuffled passes of its own; their places in the batches
    are spread evenly.

    Args:
        cracked: (M,) row numbers of tiles with crack, M ≥ 1.
        crack_free: (K,) row numbers of tiles without, K ≥ 1.
        share: Of tiles without crack, in (0, 1).
        step: Global step, from 0.
        batch_size: Tiles a batch.
        seed: Seed of the orders.

    Returns:
        (batch_size,) int64 row numbers.
    """
    positions = np.arange(step * batch_size, (step + 1) * batch_size)
    n_before = np.floor(positions * share).astype(np.int64)
    is_free = np.floor((positions + 1) * share).astype(np.int64) > n_before
    chosen = np.empty(batch_size, dtype=np.int64)
    chosen[is_free] = _shuffled_at(crack_free, n_before[is_free], [_FREE_STREAM, seed])
    chosen[~is_free] = _shuffled_at(
        cracked, (positions - n_before)[~is_free], [_ORDER_STREAM, seed]
    )
    return chosen


def augmented_batch(
    store: TileStore,
    rows: NDArray[np.int64],
    *,
    policy: AugmentationPolicy | None,
    step: int,
    seed: int,
    targets: MakeTargets | None = None,
    own: slice = slice(None),
) -> Batch:
    """Gather tiles and transform each by its own draw from (seed, step).

    Args:
        store: An open tile store.
        rows: (B,) row numbers.
        policy: What augmentation may do; None leaves the tiles as they are.
        step: Global step; part of the randomness.
        seed: Seed of the transforms.
        targets: Makes the targets of the transformed tiles; None for their masks or labels.
        own: The part of the batch that is wanted. All its transforms are drawn, so that a batch
            is the same however many processes share it.

    Returns:
        (B, T, T, 3) uint8 tiles, and their targets: what ``targets`` makes, or as uint8 of
        {0, 1}, a quarter of what float32 would copy, (B, T, T, 1) masks, or (B, 1) labels where the
        store has no masks.
    """
    kept = rows[own]
    tiles = np.array(store.tiles[kept])
    masks = None if store.masks is None else np.array(store.masks[kept])
    if policy is not None:
        rng = np.random.default_rng([_TRANSFORM_STREAM, seed, step])
        drawn = [draw_transform(rng, policy, tile_px=tiles.shape[1]) for _ in rows]
        for i, transform in enumerate(drawn[own]):
            mask = None if masks is None else masks[i]
            tiles[i], new_mask = apply_transform(tiles[i], mask, transform)
            if masks is not None and new_mask is not None:
                masks[i] = new_mask
    if targets is not None:
        return tiles, targets(tiles, masks)
    if masks is None:
        return tiles, store.index["label"].to_numpy(dtype=np.uint8)[kept][:, None]
    return tiles, masks[..., None]


def add_skeletons(_tiles: NDArray[np.uint8], masks: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    """Targets (N, T, T, 2): each mask, and its tubed skeleton as a second channel."""
    if masks is None:
        raise ParameterError(
            "Skeletons are made of masks.",
            received="tiles without masks",
            remedy="Use a loss without skeleton_recall.",
        )
    # After the transform: a warped skeleton would break.
    return np.stack([masks, np.stack([tube_skeleton(mask) for mask in masks])], axis=-1)


def _shuffled_at(
    rows: NDArray[np.int64], positions: NDArray[np.int64], stream: list[int]
) -> NDArray[np.int64]:
    passes, offsets = np.divmod(positions, len(rows))
    chosen = np.empty(len(positions), dtype=np.int64)
    for number in np.unique(passes):
        order = np.random.default_rng([*stream, int(number)]).permutation(rows)
        chosen[passes == number] = order[offsets[passes == number]]
    return chosen
