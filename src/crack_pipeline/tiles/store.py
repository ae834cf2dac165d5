"""The tile store: uint8 arrays on disk, an index table, and a marker written last."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.downloads.disk import require_room
from crack_pipeline.errors import DamagedError, StorageError
from crack_pipeline.storage import (
    FINISHED_MARKER,
    explain_write_errors,
    read_marker,
    write_marker,
)
from crack_pipeline.types import Split

_TILES, _MASKS, _INDEX = "tiles.npy", "masks.npy", "index.parquet"


_WRITABLE = "The tile store must be writable to its end."


@dataclass(frozen=True)
class TileStore:
    """A finished store, opened without reading it into memory.

    Attributes:
        path: Folder of the store.
        key: Digest of the manifest's content and of the parameters that it was cut with.
        tiles: (N, T, T, 3) uint8, memory-mapped.
        masks: (N, T, T) uint8 of {0, 1}, memory-mapped; None for classification.
        index: One row a tile: ``image_id, split, x_px, y_px, label, crack_share``.
    """

    path: Path
    key: str
    tiles: NDArray[np.uint8]
    masks: NDArray[np.uint8] | None
    index: pd.DataFrame

    def rows_of(self, split: Split) -> NDArray[np.int64]:
        """Positions of a split's tiles in the arrays, (M,) int64, ascending."""
        return np.flatnonzero(self.index["split"].to_numpy() == split).astype(np.int64)


def open_tile_store(folder: Path, key: str | None = None) -> TileStore:
    """Open a finished store.

    Args:
        folder: Where ``cut_tiles`` wrote it.
        key: That the store must have. Given, all of it is read and compared with what was written;
            without it, number and size of the tiles alone are.

    Returns:
        The store, its arrays memory-mapped read-only.

    Raises:
        StorageError: If the store is missing, unfinished, of another key, damaged, or was written
            by another version.
    """
    try:
        marker = read_marker(folder / FINISHED_MARKER, key, digest=key is not None)
        store = TileStore(
            path=folder,
            key=marker["key"],
            tiles=np.load(folder / _TILES, mmap_mode="r"),
            masks=np.load(folder / _MASKS, mmap_mode="r") if _MASKS in marker["digests"] else None,
            index=pd.read_parquet(folder / _INDEX),
        )
        _require_fitting(store)
    except (OSError, ValueError, KeyError, DamagedError) as error:
        raise StorageError(
            "Training reads a finished tile store.",
            received=f"{folder} ({getattr(error, 'received', error)})",
            remedy="Run `kedro run --pipeline=preprocess` to cut the tiles again.",
        ) from error
    return store


def _require_fitting(store: TileStore) -> None:
    tiles, masks, n_rows = store.tiles.shape, store.masks, len(store.index)
    if tiles != (n_rows, *tiles[1:3], 3) or (masks is not None and masks.shape != tiles[:3]):
        shapes = f"tiles {tiles}, masks {None if masks is None else masks.shape}"
        raise ValueError(f"arrays that do not fit together: {shapes}, {n_rows} rows of the index")


class TileWriter:
    """Writes a store tile by tile; only a writer that was finished leaves one behind.

    Ordinary writes rather than a memory map: on a full disk they raise, where a map would end the
    process by a signal.

    Args:
        folder: The store's folder; what an earlier, unfinished writer left there is replaced.
        n_tiles: Number of tiles that will be added.
        tile_px: Side of a tile in px.
        has_masks: Whether a mask comes with each tile.

    Raises:
        StorageError: If the disk has not enough room, or the folder cannot be written.
    """

    def __init__(self, folder: Path, *, n_tiles: int, tile_px: int, has_masks: bool) -> None:
        self._folder = folder
        self._n_tiles = n_tiles
        self._tile_px = tile_px
        self._has_masks = has_masks
        self._rows: list[dict[str, Any]] = []
        self._tiles: BinaryIO | None = None
        self._masks: BinaryIO | None = None

    def __enter__(self) -> Self:
        with explain_write_errors(_WRITABLE, self._folder):
            if self._folder.exists():
                shutil.rmtree(self._folder)
            self._folder.mkdir(parents=True)
            side = self._tile_px
            n_bytes = self._n_tiles * side**2 * (4 if self._has_masks else 3)
            require_room(self._folder, n_bytes, "the tiles (fewer with a lower overlap_px)")
            self._tiles = _start_array(self._folder / _TILES, (self._n_tiles, side, side, 3))
            if self._has_masks:
                self._masks = _start_array(self._folder / _MASKS, (self._n_tiles, side, side))
        return self

    def add(
        self, tile: NDArray[np.uint8], mask: NDArray[np.uint8] | None, row: dict[str, Any]
    ) -> None:
        """Append one tile, its mask, and its row of the index.

        Args:
            tile: (T, T, 3) uint8.
            mask: (T, T) uint8 of {0, 1}, or None in a store without masks.
            row: The index columns of this tile.

        Raises:
            StorageError: If the disk is full or cannot be written.
        """
        with explain_write_errors(_WRITABLE, self._folder):
            if self._tiles is not None:
                self._tiles.write(np.ascontiguousarray(tile).tobytes())
            if self._masks is not None and mask is not None:
                self._masks.write(np.ascontiguousarray(mask).tobytes())
        self._rows.append(row)

    def finish(self, key: str) -> None:
        """Write the index, flush, and write the marker last.

        Args:
            key: The store's key.

        Raises:
            StorageError: If fewer or more tiles came than announced, or writing fails.
        """
        if len(self._rows) != self._n_tiles:
            raise StorageError(
                "A tile store must hold the number of tiles it was started with.",
                received=f"{len(self._rows)} tiles instead of {self._n_tiles}",
                remedy="Photos changed while they were cut: run the same command again.",
            )
        with explain_write_errors(_WRITABLE, self._folder):
            for array in (self._tiles, self._masks):
                if array is not None:
                    array.flush()
                    os.fsync(array.fileno())
            pd.DataFrame(self._rows).to_parquet(self._folder / _INDEX)
            arrays = [_TILES, _MASKS] if self._has_masks else [_TILES]
            files = [self._folder / name for name in (*arrays, _INDEX)]
            write_marker(self._folder / FINISHED_MARKER, key, files)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for array in (self._tiles, self._masks):
            if array is not None:
                array.close()
        if kind is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def remove_superseded(root: Path, *, keep: Path) -> list[Path]:
    """Delete the stores beside the current one: they can be cut again from the manifest.

    Only folders that hold a store's arrays are touched: ``root`` is a parameter, and may be a
    folder with other things in it.

    Args:
        root: Folder of the stores of one data set and task.
        keep: The store to keep.

    Returns:
        The folders that were removed.
    """
    superseded = [child for child in root.iterdir() if (child / _TILES).is_file() and child != keep]
    for folder in superseded:
        shutil.rmtree(folder, ignore_errors=True)
    return superseded


def _start_array(path: Path, shape: tuple[int, ...]) -> BinaryIO:
    file = path.open("wb", buffering=1 << 20)
    header = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file
