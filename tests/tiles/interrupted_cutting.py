"""Cutting in a process of its own, to be killed: ``… <manifest> <stores> [<tile>]``.

It waits for the kill at that tile, or with ``marker`` before the marker is written.
"""

import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd

from crack_pipeline.tiles import store
from crack_pipeline.tiles.cutting import ensure_tile_store
from crack_pipeline.tiles.settings import TileSettings


def main() -> None:
    manifest, stores = Path(sys.argv[1]), Path(sys.argv[2])
    where = sys.argv[3] if len(sys.argv) > 3 else ""

    def wait(*_: Any) -> None:
        (stores / "waiting").touch()
        time.sleep(600)

    add = store.TileWriter.add

    def add_or_wait(self: store.TileWriter, *tile: Any) -> None:
        if where == str(len(self._rows)):
            wait()
        add(self, *tile)

    store.TileWriter.add = add_or_wait  # type: ignore[method-assign]
    if where == "marker":
        store.write_marker = wait  # type: ignore[assignment]
    ensure_tile_store(
        pd.read_parquet(manifest),
        stores,
        task="segmentation",
        settings=TileSettings(tile_px=32, overlap_px=8),
    )


if __name__ == "__main__":
    main()
