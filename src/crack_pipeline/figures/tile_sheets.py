"""Contact sheets of tiles, as they are and augmented."""

from collections.abc import Iterator

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from crack_pipeline.augmentation.policy import AugmentationPolicy
from crack_pipeline.augmentation.transforms import apply_transform, draw_transform
from crack_pipeline.figures.contact_sheet import draw_contact_sheet
from crack_pipeline.figures.outlines import outline_mask
from crack_pipeline.tiles.store import TileStore
from crack_pipeline.types import BinaryMask, RgbImage

_LABELS = {0: "no crack", 1: "crack"}


def draw_tile_sheet(store: TileStore, *, seed: int, n_tiles: int = 18) -> Figure:
    """Show tiles drawn from the store, half of them with crack, masks outlined.

    Args:
        store: An open tile store.
        seed: Seed of the choice.
        n_tiles: Tiles to show.

    Returns:
        The figure.
    """
    chosen = choose_tiles(store, seed=seed, n_tiles=n_tiles)
    pictures = [_outlined(store.tiles[row], _mask_of(store, row)) for row in chosen]
    captions = [_caption(store, row) for row in chosen]
    title = f"{len(store.index)} tiles of {store.tiles.shape[1]} px, {len(chosen)} of them"
    return draw_contact_sheet(pictures, captions, title=title)


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
    pictures: list[RgbImage] = []
    for row in choose_tiles(store, seed=seed, n_tiles=n_tiles, cracked_share=1.0):
        tile, mask = np.array(store.tiles[row]), _mask_of(store, row)
        pictures.append(_outlined(tile, mask))
        pictures.extend(_augmented(tile, mask, policy, rng, n_draws))
    captions = ["original", *(["augmented"] * n_draws)] * n_tiles
    title = "Originals and augmented draws, mask outlined"
    return draw_contact_sheet(pictures, captions, title=title, columns=n_draws + 1)


def choose_tiles(
    store: TileStore, *, seed: int, n_tiles: int, cracked_share: float = 0.5
) -> NDArray[np.int64]:
    """Choose train tiles to show, a share of them with crack where there are any.

    Args:
        store: An open tile store.
        seed: Seed of the choice.
        n_tiles: Tiles wanted.
        cracked_share: Share with crack, in [0, 1].

    Returns:
        (≤ n_tiles,) row numbers.
    """
    rng = np.random.default_rng(seed)
    rows = rng.permutation(store.rows_of("train"))
    index = store.index.iloc[rows]
    share = index["crack_share"].astype(float)
    cracked = np.where(share.isna(), index["label"] == 1, share > 0).astype(bool)
    with_crack = rows[cracked][: round(n_tiles * cracked_share)]
    rest = np.setdiff1d(rows, with_crack, assume_unique=True)
    others = rng.permutation(rest)[: n_tiles - len(with_crack)]
    return np.concatenate([with_crack, others]).astype(np.int64)


def _augmented(
    tile: RgbImage,
    mask: BinaryMask | None,
    policy: AugmentationPolicy,
    rng: np.random.Generator,
    n_draws: int,
) -> Iterator[RgbImage]:
    for _ in range(n_draws):
        transform = draw_transform(rng, policy, tile_px=tile.shape[0])
        yield _outlined(*apply_transform(tile, mask, transform))


def _outlined(tile: RgbImage, mask: BinaryMask | None) -> RgbImage:
    tile = np.asarray(tile)
    return tile if mask is None else outline_mask(tile, mask)


def _mask_of(store: TileStore, row: int) -> BinaryMask | None:
    return None if store.masks is None else np.array(store.masks[row])


def _caption(store: TileStore, row: int) -> str:
    tile = store.index.iloc[row]
    if store.masks is not None:
        return f"{tile['image_id']} ({tile['crack_share']:.1%} crack)"
    return f"{tile['image_id']} ({_LABELS.get(tile['label'], 'unknown')})"
