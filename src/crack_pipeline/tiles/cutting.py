"""Cut the photos of a manifest into the tile store that training reads."""

import hashlib
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.errors import ParameterError, StorageError
from crack_pipeline.images.reading import read_image
from crack_pipeline.images.resizing import equalize, pad_to_at_least, resize_image
from crack_pipeline.manifest import digest_manifest, require_for_task, usable_rows
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.progress import track
from crack_pipeline.tiles.positions import tile_starts
from crack_pipeline.tiles.settings import ResizeSettings, TileSettings
from crack_pipeline.tiles.store import TileWriter, open_tile_store, remove_superseded
from crack_pipeline.types import Task

logger = logging.getLogger(__name__)

CUTTING_VERSION = 1
"""Raised when the same manifest and settings would give other tiles."""


Tile: TypeAlias = tuple[NDArray[np.uint8], NDArray[np.uint8] | None, dict[str, Any]]
"""One tile, its mask and its row of the index."""


def store_key(manifest: pd.DataFrame, task: Task, settings: TileSettings | ResizeSettings) -> str:
    """Digest of all that decides a store's content.

    Args:
        manifest: A validated manifest.
        task: What the tiles are for.
        settings: How they are cut.

    Returns:
        64 hexadecimal digits.
    """
    parts = {
        "manifest": digest_manifest(manifest),
        "task": task,
        "settings": settings.model_dump(),
        "version": CUTTING_VERSION,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def describe_store(
    folder: Path, manifest: pd.DataFrame, task: Task, settings: TileSettings | ResizeSettings
) -> dict[str, Any]:
    """Describe a finished store: the content of ``tile_store.json``.

    Args:
        folder: From ``ensure_tile_store``.
        manifest: The manifest that it was cut from.
        task: What the tiles are for.
        settings: How they were cut.

    Returns:
        Its path and key, the number of tiles per split, and the tiling that prediction repeats.
    """
    store = open_tile_store(folder)
    counts = store.index["split"].value_counts()
    return {
        "path": str(folder),
        "key": store.key,
        "task": task,
        "manifest_digest": digest_manifest(manifest),
        "tile_px": settings.tile_px,
        "overlap_px": settings.overlap_px if isinstance(settings, TileSettings) else None,
        "equalization": settings.equalization,
        "n_tiles": {str(split): int(count) for split, count in counts.items()},
    }


def ensure_tile_store(
    manifest: pd.DataFrame,
    root: Path,
    *,
    task: Task,
    settings: TileSettings | ResizeSettings,
) -> tuple[Path, str]:
    """Cut the train and validation photos into a store, unless a current one is there.

    Test photos are left out: they are evaluated whole, by the predictor.

    Args:
        manifest: A validated manifest.
        root: Folder of the stores of this data set and task.
        task: ``segmentation`` tiles photo and mask; ``classification`` resizes the photo.
        settings: How to cut.

    Returns:
        The store's folder and its key.

    Raises:
        ManifestError: If the manifest lacks masks, a class or a split that the task needs.
        ParameterError: If a tile is larger than a photo and padding was not asked for.
        StorageError: If the store cannot be written.
    """
    require_for_task(manifest, task)
    key = store_key(manifest, task, settings)
    folder = root / key[:16]
    try:
        open_tile_store(folder, key)
    except StorageError as error:
        if folder.exists():
            logger.warning("Cutting all tiles again: %s", error.received)
    else:
        logger.info("Tile store is current: %s", folder)
        return folder, key
    photos = pd.concat([usable_rows(manifest, "train"), usable_rows(manifest, "validation")])
    _write_store(photos.reset_index(drop=True), folder, key, settings=settings)
    for old in remove_superseded(root, keep=folder):
        logger.info("Removed the superseded tile store %s", old.name)
    return folder, key


def _write_store(
    photos: pd.DataFrame, folder: Path, key: str, *, settings: TileSettings | ResizeSettings
) -> None:
    tiled = isinstance(settings, TileSettings)
    if isinstance(settings, TileSettings):
        require_tiles_fit(photos, settings)
        n_tiles = sum(
            _count_tiles(width, height, settings)
            for width, height in zip(photos["width_px"], photos["height_px"], strict=True)
        )
    else:
        n_tiles = len(photos)
    with TileWriter(folder, n_tiles=n_tiles, tile_px=settings.tile_px, has_masks=tiled) as writer:
        rows = track(
            photos.itertuples(), total=len(photos), description="Cutting tiles", unit="photos"
        )
        for photo in rows:
            for tile in _tiles_of(photo, settings):
                writer.add(*tile)
        writer.finish(key)


def require_tiles_fit(photos: pd.DataFrame, settings: TileSettings) -> None:
    """Check that a tile fits into each photo.

    Args:
        photos: Manifest rows with ``width_px`` and ``height_px``.
        settings: How photos are tiled.

    Raises:
        ParameterError: If a photo is smaller than a tile and ``small_photos`` is ``refuse``.
    """
    if settings.small_photos == "pad":
        return
    shorter = photos[["width_px", "height_px"]].min(axis=1)
    smallest = photos.iloc[int(shorter.to_numpy().argmin())]
    if smallest[["width_px", "height_px"]].min() < settings.tile_px:
        raise ParameterError(
            "A tile must fit into each photo.",
            received=f"preprocessing.segmentation.tile_px={settings.tile_px}, photo "
            f"{smallest['image_id']} of {smallest['width_px']}×{smallest['height_px']} px",
            remedy="Lower tile_px to the photo's shorter side (a multiple of 32), or set "
            "preprocessing.segmentation.small_photos=pad.",
        )


def _count_tiles(width_px: int, height_px: int, settings: TileSettings) -> int:
    columns = tile_starts(width_px, settings.tile_px, settings.overlap_px)
    rows = tile_starts(height_px, settings.tile_px, settings.overlap_px)
    return len(columns) * len(rows)


def _tiles_of(photo: Any, settings: TileSettings | ResizeSettings) -> Iterator[Tile]:
    image = read_image(Path(photo.image_path), sha256=photo.sha256)
    image = equalize(image, settings.equalization)
    label = None if pd.isna(photo.label) else int(photo.label)
    common = {"image_id": photo.image_id, "split": photo.split, "label": label}
    if isinstance(settings, ResizeSettings):
        side = settings.tile_px
        pixels = resize_image(image, width_px=side, height_px=side)
        yield pixels, None, {**common, "x_px": 0, "y_px": 0, "crack_share": None}
        return
    side = settings.tile_px
    mask = pad_to_at_least(read_mask(Path(photo.mask_path), sha256=photo.mask_sha256), side)
    image = pad_to_at_least(image, side)
    for y in tile_starts(image.shape[0], side, settings.overlap_px):
        for x in tile_starts(image.shape[1], side, settings.overlap_px):
            tile_mask = mask[y : y + side, x : x + side]
            share = float(tile_mask.mean())
            row = {**common, "x_px": x, "y_px": y, "crack_share": share}
            yield image[y : y + side, x : x + side], tile_mask, row
