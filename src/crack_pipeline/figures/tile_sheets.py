"""Contact sheets of tiles, as they are and augmented."""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from crack_pipeline.augmentation.policy import AugmentationPolicy
from crack_pipeline.augmentation.transforms import apply_transform, draw_transform
from crack_pipeline.figures.outlines import outline_mask
from crack_pipeline.figures.palette import TRUTH, Colour
from crack_pipeline.figures.sheets import Panel, PanelRow, draw_sheet
from crack_pipeline.tiles.store import TileStore
from crack_pipeline.types import BinaryMask, RgbImage
from crack_pipeline.wording.numbers import PERCENT, format_number

_PANEL_IN = 1.9


def draw_tile_sheet(store: TileStore, *, seed: int, n_tiles: int = 12) -> Figure:
    """Show train tiles with crack, then tiles drawn from the others, masks outlined.

    Args:
        store: An open tile store.
        seed: Seed of the choice.
        n_tiles: Tiles to show, half of them with crack where there are that many.

    Returns:
        The figure.
    """
    with_crack, others = choose_tiles(store, seed=seed, n_tiles=n_tiles)
    rows = [
        PanelRow("With crack", [_panel(store, row) for row in with_crack]),
        PanelRow("Others", [_panel(store, row) for row in others]),
    ]
    title = f"Tiles of {store.tiles.shape[1]} px: {len(with_crack) + len(others)} of "
    return draw_sheet(
        rows, title=f"{title}{len(store.index)}", legend=_legend(store), panel_width_in=_PANEL_IN
    )


def draw_augmentation_sheet(
    store: TileStore,
    policy: AugmentationPolicy,
    *,
    seed: int,
    n_tiles: int = 5,
    n_draws: int = 5,
) -> Figure:
    """Show tiles beside augmented draws of them, mask outlined in each.

    Args:
        store: An open tile store.
        policy: What augmentation may do.
        seed: Seed of the choice and of the draws.
        n_tiles: Rows of the sheet.
        n_draws: Augmented draws a row.

    Returns:
        The figure.
    """
    rng = np.random.default_rng(seed)
    with_crack, others = choose_tiles(store, seed=seed, n_tiles=n_tiles, cracked_share=1.0)
    rows = []
    for row in [*with_crack, *others]:
        tile, mask = np.array(store.tiles[row]), _mask_of(store, row)
        panels = [Panel(_outlined(tile, mask), "original")]
        for _ in range(n_draws):
            transform = draw_transform(rng, policy, tile_px=tile.shape[0])
            panels.append(Panel(_outlined(*apply_transform(tile, mask, transform)), "augmented"))
        rows.append(PanelRow(str(store.index.iloc[row]["image_id"]), panels))
    title = "Originals and augmented draws"
    return draw_sheet(rows, title=title, legend=_legend(store), panel_width_in=_PANEL_IN)


def choose_tiles(
    store: TileStore, *, seed: int, n_tiles: int, cracked_share: float = 0.5
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Choose train tiles to show, a share of them with crack where there are that many.

    Args:
        store: An open tile store.
        seed: Seed of the choice.
        n_tiles: Tiles wanted.
        cracked_share: Share with crack, in [0, 1].

    Returns:
        Row numbers of tiles with crack, and of others without.
    """
    rng = np.random.default_rng(seed)
    rows = rng.permutation(store.rows_of("train"))
    index = store.index.iloc[rows]
    share = index["crack_share"].astype(float)
    cracked = np.where(share.isna(), index["label"] == 1, share > 0).astype(bool)
    with_crack = rows[cracked][: round(n_tiles * cracked_share)]
    return with_crack, rows[~cracked][: n_tiles - len(with_crack)]


def _panel(store: TileStore, row: int) -> Panel:
    tile = store.index.iloc[row]
    share = "" if store.masks is None else f"\n{format_number(tile['crack_share'], PERCENT)} crack"
    picture = _outlined(np.array(store.tiles[row]), _mask_of(store, row))
    return Panel(picture, f"{tile['image_id']}{share}")


def _outlined(tile: RgbImage, mask: BinaryMask | None) -> RgbImage:
    return tile if mask is None else outline_mask(tile, mask)


def _mask_of(store: TileStore, row: int) -> BinaryMask | None:
    return None if store.masks is None else np.array(store.masks[row])


def _legend(store: TileStore) -> list[tuple[str, Colour]]:
    return [] if store.masks is None else [("mask", TRUTH)]
