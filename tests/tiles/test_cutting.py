"""Photos of a manifest become tiles; what is current is not cut again."""

import shutil

import cv2
import numpy as np
import pytest

from crack_pipeline.errors import (
    ImageReadError,
    ManifestError,
    MaskError,
    ParameterError,
    StorageError,
)
from crack_pipeline.storage import FINISHED_MARKER
from crack_pipeline.tiles.cutting import ensure_tile_store, store_key
from crack_pipeline.tiles.settings import ResizeSettings, TileSettings
from crack_pipeline.tiles.store import open_tile_store

SETTINGS = TileSettings(tile_px=32, overlap_px=8)


def _cut(manifest, root, settings=SETTINGS, task="segmentation"):
    return ensure_tile_store(manifest, root, task=task, settings=settings)


def test_tiles_are_the_photos_pixels_and_test_photos_stay_out(line_manifest, tmp_path):
    folder, key = _cut(line_manifest, tmp_path / "stores")
    store = open_tile_store(folder)
    assert store.key == key
    # 64×48 px in tiles of 32 with 8 px overlap: 3 columns, 2 rows; 8 photos that are not test
    assert len(store.index) == 8 * 6
    assert set(store.index["split"]) == {"train", "validation"}
    tile = store.index.iloc[7]
    row = line_manifest.set_index("image_id").loc[tile["image_id"]]
    photo = cv2.imread(row["image_path"])[..., ::-1]
    x, y = tile["x_px"], tile["y_px"]
    np.testing.assert_array_equal(store.tiles[7], photo[y : y + 32, x : x + 32])
    mask = cv2.imread(row["mask_path"], cv2.IMREAD_GRAYSCALE) // 255
    np.testing.assert_array_equal(store.masks[7], mask[y : y + 32, x : x + 32])


def test_a_current_store_is_kept(line_manifest, tmp_path):
    folder, _ = _cut(line_manifest, tmp_path / "stores")
    before = (folder / "tiles.npy").stat().st_mtime_ns
    assert _cut(line_manifest, tmp_path / "stores")[0] == folder
    assert (folder / "tiles.npy").stat().st_mtime_ns == before


def test_a_half_written_store_is_cut_again(line_manifest, tmp_path):
    folder, _ = _cut(line_manifest, tmp_path / "stores")
    (folder / FINISHED_MARKER).unlink()
    (folder / "tiles.npy").write_bytes(b"half")
    _cut(line_manifest, tmp_path / "stores")
    assert len(open_tile_store(folder).tiles) == 48


def test_other_content_or_settings_make_another_key(line_manifest):
    key = store_key(line_manifest, "segmentation", SETTINGS)
    changed = line_manifest.copy()
    changed.loc[0, "mask_sha256"] = "f" * 64
    moved = line_manifest.copy()
    moved["image_path"] = "/elsewhere/" + moved["image_id"]
    other = SETTINGS.model_copy(update={"overlap_px": 4})
    assert store_key(changed, "segmentation", SETTINGS) != key
    assert store_key(line_manifest, "segmentation", other) != key
    assert store_key(moved, "segmentation", SETTINGS) == key, "where files lie does not matter"


def test_classification_resizes_each_photo_once(line_manifest, tmp_path):
    folder, _ = _cut(line_manifest, tmp_path, ResizeSettings(tile_px=32), "classification")
    store = open_tile_store(folder)
    assert store.tiles.shape == (8, 32, 32, 3)
    assert store.masks is None
    assert store.index["label"].tolist() == [1, 0] * 4


def test_a_tile_larger_than_the_photo_is_refused_or_padded(line_manifest, tmp_path):
    large = TileSettings(tile_px=64, overlap_px=16)
    with pytest.raises(ParameterError, match=r"64×48 px.*small_photos=pad"):
        _cut(line_manifest, tmp_path, large)
    folder, _ = _cut(line_manifest, tmp_path, large.model_copy(update={"small_photos": "pad"}))
    store = open_tile_store(folder)
    assert store.tiles.shape == (8, 64, 64, 3)
    np.testing.assert_array_equal(store.tiles[0][48:], store.tiles[0][32:48][::-1])


def test_segmentation_without_masks_is_refused(line_manifest, tmp_path):
    line_manifest.loc[1, "mask_path"] = None
    with pytest.raises(ManifestError, match="task=classification"):
        _cut(line_manifest, tmp_path)


def test_classification_with_one_class_is_refused(line_manifest, tmp_path):
    line_manifest["label"] = 1
    with pytest.raises(ManifestError, match="both classes"):
        _cut(line_manifest, tmp_path, ResizeSettings(), "classification")


@pytest.mark.parametrize("damage", ["array", "marker"])
def test_a_damaged_store_is_cut_again_so_that_it_can_be_trained_on(line_manifest, tmp_path, damage):
    folder, key = _cut(line_manifest, tmp_path / "stores")
    if damage == "array":
        tiles = np.load(folder / "tiles.npy", mmap_mode="r+")
        tiles[5] = 0
        tiles.flush()
    else:
        (folder / FINISHED_MARKER).write_text("[]")
    with pytest.raises(StorageError):
        open_tile_store(folder, key)
    _cut(line_manifest, tmp_path / "stores")
    assert open_tile_store(folder, key).tiles[5].any()


@pytest.mark.parametrize("column", ["image_path", "mask_path"])
def test_a_file_that_was_replaced_since_it_was_ingested_is_not_cut(line_manifest, tmp_path, column):
    shutil.copy(line_manifest.loc[1, column], line_manifest.loc[0, column])
    with pytest.raises((ImageReadError, MaskError), match=r"photo_00.*--pipeline=ingest"):
        _cut(line_manifest, tmp_path / "stores")
