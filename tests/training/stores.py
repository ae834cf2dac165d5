"""Small tile stores for tests of training."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from crack_pipeline.tiles.store import TileStore, TileWriter, open_tile_store


def write_line_store(
    folder: Path,
    *,
    train: Sequence[int] = (1,) * 10,
    validation: Sequence[int] = (1,) * 4,
    tile_px: int = 16,
    has_masks: bool = True,
) -> TileStore:
    """Noise with a dark upright line of 3 px where a 1 asks for crack, none where a 0 does."""
    rng = np.random.default_rng(0)
    labels = [*train, *validation]
    with TileWriter(folder, n_tiles=len(labels), tile_px=tile_px, has_masks=has_masks) as writer:
        for number, label in enumerate(labels):
            mask = np.zeros((tile_px, tile_px), np.uint8)
            column = int(rng.integers(2, tile_px - 5))
            mask[:, column : column + 3] = label
            tile = rng.integers(150, 220, (tile_px, tile_px, 3), dtype=np.uint8)
            tile[mask == 1] = 40
            row = {
                "image_id": f"p{number}",
                "split": "train" if number < len(train) else "validation",
                "x_px": 0,
                "y_px": 0,
                "label": label,
                "crack_share": float(mask.mean()) if has_masks else None,
            }
            writer.add(tile, mask if has_masks else None, row)
        writer.finish("key")
    return open_tile_store(folder)
