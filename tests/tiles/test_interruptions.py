"""``kill -9`` while tiles are cut, then the same command again."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crack_pipeline.errors import StorageError
from crack_pipeline.tiles.cutting import ensure_tile_store, store_key
from crack_pipeline.tiles.settings import TileSettings
from crack_pipeline.tiles.store import open_tile_store

SCRIPT = Path(__file__).with_name("interrupted_cutting.py")
SETTINGS = TileSettings(tile_px=32, overlap_px=8)


@pytest.mark.parametrize("where", ["0", "29", "marker"])
def test_killed_cutting_ends_like_one_that_was_not(line_manifest, tmp_path, where):
    listed, stores = tmp_path / "manifest.parquet", tmp_path / "stores"
    line_manifest.to_parquet(listed)
    stores.mkdir()
    command = [sys.executable, str(SCRIPT), str(listed), str(stores)]
    process = subprocess.Popen([*command, where], stderr=subprocess.PIPE, text=True)
    while not (stores / "waiting").exists():
        if process.poll() is not None:
            pytest.fail(f"it ended before it was killed:\n{process.communicate()[1]}")
        time.sleep(0.05)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    (stores / "waiting").unlink()
    key = store_key(line_manifest, "segmentation", SETTINGS)
    with pytest.raises(StorageError):
        open_tile_store(stores / key[:16], key)

    subprocess.run(command, check=True, capture_output=True)

    whole, _ = ensure_tile_store(
        line_manifest, tmp_path / "whole", task="segmentation", settings=SETTINGS
    )
    killed = stores / key[:16]
    open_tile_store(killed, key)
    assert sorted(path.name for path in killed.iterdir()) == sorted(
        path.name for path in whole.iterdir()
    )
    for name in ("tiles.npy", "masks.npy", "finished.json"):
        assert (killed / name).read_bytes() == (whole / name).read_bytes()
