"""Sheets show train tiles, with crack first, and nothing of the other splits."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from crack_pipeline.augmentation.policy import AugmentationPolicy
from crack_pipeline.figures.tile_sheets import (
    choose_tiles,
    draw_augmentation_sheet,
    draw_tile_sheet,
)
from crack_pipeline.tiles.store import TileStore, TileWriter, open_tile_store


@pytest.fixture(params=[True, False], ids=["masks", "labels"])
def store(request, tmp_path) -> TileStore:
    with TileWriter(tmp_path / "s", n_tiles=12, tile_px=32, has_masks=request.param) as writer:
        for number in range(12):
            cracked = number % 3 == 0
            mask = np.full((32, 32), cracked, np.uint8) if request.param else None
            split = "validation" if number >= 9 else "train"
            row = {"image_id": f"p{number}", "split": split, "label": int(cracked)}
            share = float(cracked) if request.param else None
            writer.add(np.full((32, 32, 3), 100, np.uint8), mask, {**row, "crack_share": share})
        writer.finish("key")
    return open_tile_store(tmp_path / "s")


def test_tiles_are_chosen_by_crack_among_train(store):
    with_crack, others = choose_tiles(store, seed=0, n_tiles=4)
    assert set(with_crack) <= {0, 3, 6}
    assert len(with_crack) == 2
    assert set(others) <= {1, 2, 4, 5, 7, 8}
    assert len(others) == 2


def test_sheets_are_drawn_with_and_without_masks(store):
    assert isinstance(draw_tile_sheet(store, seed=0), Figure)
    sheet = draw_augmentation_sheet(store, AugmentationPolicy(), seed=0, n_tiles=2, n_draws=3)
    assert len(sheet.axes) == 2 * 4
