from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from crack_pipeline.errors import ImageReadError, MaskError, StorageError
from crack_pipeline.label_quality import pair_store
from crack_pipeline.label_quality.pair_features import FEATURE_NAMES
from crack_pipeline.label_quality.pair_store import measure_pairs


@pytest.fixture
def opened(monkeypatch):
    """Names of the photos that were opened, in order."""
    names = []
    measure = pair_store.measure_files

    def watch(image_path, mask_path):
        names.append(image_path.name)
        return measure(image_path, mask_path)

    monkeypatch.setattr(pair_store, "measure_files", watch)
    return names


def test_only_new_and_changed_files_are_opened(pair_manifest, tmp_path, opened):
    store = tmp_path / "kept" / "features.parquet"
    first = measure_pairs(pair_manifest, store, n_jobs=1)
    assert list(first.columns) == ["image_id", "source", "split", *FEATURE_NAMES]
    assert len(opened) == len(first) == 12
    opened.clear()
    pd.testing.assert_frame_equal(measure_pairs(pair_manifest, store, n_jobs=1), first)
    assert opened == []
    mask_path = pair_manifest["mask_path"][3]
    cv2.imwrite(mask_path, np.zeros((160, 200), np.uint8))
    second = measure_pairs(pair_manifest, store, n_jobs=1)
    assert opened == ["photo_03.png"]
    assert second["masked_share"][3] == 0
    pd.testing.assert_frame_equal(second.drop(index=3), first.drop(index=3))


def test_photos_without_mask_are_left_out(pair_manifest, tmp_path):
    pair_manifest.loc[pair_manifest.index % 2 == 0, "mask_path"] = None
    features = measure_pairs(pair_manifest, tmp_path / "features.parquet", n_jobs=1)
    assert features["image_id"].tolist() == pair_manifest["image_id"][1::2].tolist()
    nothing = measure_pairs(pair_manifest[::2], tmp_path / "features.parquet", n_jobs=1)
    assert nothing.empty
    assert set(FEATURE_NAMES) < set(nothing.columns)


def test_a_damaged_store_is_made_anew(pair_manifest, tmp_path, opened):
    store = tmp_path / "features.parquet"
    store.write_bytes(b"PAR1 and no more")
    assert len(measure_pairs(pair_manifest, store, n_jobs=1)) == 12
    assert len(opened) == 12


def test_workers_measure_the_same(pair_manifest, tmp_path, monkeypatch):
    alone = measure_pairs(pair_manifest, tmp_path / "alone.parquet", n_jobs=1)
    monkeypatch.setattr(pair_store, "_LEAST_FOR_WORKERS", 0)
    together = measure_pairs(pair_manifest, tmp_path / "together.parquet", n_jobs=2)
    pd.testing.assert_frame_equal(together, alone)


def test_files_that_have_gone_or_broken_since(pair_manifest, tmp_path):
    store = tmp_path / "features.parquet"
    mask = Path(pair_manifest["mask_path"][2])
    content = mask.read_bytes()
    mask.write_bytes(content[:50])
    with pytest.raises(MaskError, match=r"mask_02\.png"):
        measure_pairs(pair_manifest, store, n_jobs=1)
    mask.unlink()
    with pytest.raises(ImageReadError, match="ingest"):
        measure_pairs(pair_manifest, store, n_jobs=1)


def test_a_store_that_cannot_be_written_says_so(pair_manifest, tmp_path):
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    with pytest.raises(StorageError, match="keeps what it measured"):
        measure_pairs(pair_manifest, blocked / "features.parquet", n_jobs=1)
