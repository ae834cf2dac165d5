"""Which tiles make up a batch, and the batch itself, as functions of (seed, step)."""

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.augmentation.policy import AugmentationPolicy
from crack_pipeline.augmentation.transforms import apply_transform, draw_transform
from crack_pipeline.tiles.store import TileStore

_ORDER_STREAM, _TRANSFORM_STREAM = 0, 1


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
    passes, offsets = np.divmod(positions, len(rows))
    chosen = np.empty(batch_size, dtype=np.int64)
    for number in np.unique(passes):
        order = np.random.default_rng([_ORDER_STREAM, seed, int(number)]).permutation(rows)
        chosen[passes == number] = order[offsets[passes == number]]
    return chosen


def augmented_batch(
    store: TileStore,
    rows: NDArray[np.int64],
    *,
    policy: AugmentationPolicy | None,
    step: int,
    seed: int,
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Gather tiles and transform each by its own draw from (seed, step).

    Args:
        store: An open tile store.
        rows: (B,) row numbers.
        policy: What augmentation may do; None leaves the tiles as they are.
        step: Global step; part of the randomness.
        seed: Seed of the transforms.

    Returns:
        (B, T, T, 3) uint8 tiles, and their targets as float32: (B, T, T, 1) masks, or (B, 1)
        labels where the store has no masks.
    """
    tiles = np.array(store.tiles[rows])
    masks = None if store.masks is None else np.array(store.masks[rows])
    if policy is not None:
        rng = np.random.default_rng([_TRANSFORM_STREAM, seed, step])
        for i in range(len(rows)):
            transform = draw_transform(rng, policy, tile_px=tiles.shape[1])
            mask = None if masks is None else masks[i]
            tiles[i], new_mask = apply_transform(tiles[i], mask, transform)
            if masks is not None and new_mask is not None:
                masks[i] = new_mask
    if masks is not None:
        return tiles, masks[..., None].astype(np.float32)
    labels = store.index["label"].to_numpy(dtype=np.float32)[rows]
    return tiles, labels[:, None]
