"""On real photos, where ``CRACK_DATA_ROOT`` names a folder with ``deepcrack`` and ``metu``."""

import os
from pathlib import Path

import pytest

from crack_pipeline.ingestion.grouping import OverlapSearch
from crack_pipeline.manifest import require_for_task, usable_rows
from crack_pipeline.splits.settings import OverlapSettings


@pytest.fixture
def data_root() -> Path:
    root = os.environ.get("CRACK_DATA_ROOT")
    if not root or not Path(root).is_dir():
        pytest.skip("CRACK_DATA_ROOT names no folder of real photos")
    return Path(root)


def test_deepcrack_keeps_its_test_split_and_sets_leaks_aside(data_root, ingest):
    found = ingest(data_root / "deepcrack", "paired_folders", r"^(.+?)(?:-\d+)?$")
    manifest, report = found.manifest, found.report
    assert report["files"] == 537
    assert report["splits"]["test"]["photos"] == 237
    assert report["mended"] == {"mask_1_bit": 47}
    assert set(report["set_aside_by_reason"]) == {
        "shares a photo or duplicate with the official test split"
    }
    assert {"train/11142", "train/11289-1"} <= set(report["set_aside_files"])
    validation = report["splits"]["validation"]["photos"]
    assert 0.14 <= validation / (validation + report["splits"]["train"]["photos"]) <= 0.21
    photos = usable_rows(manifest)
    assert (photos.groupby("photo_id")["split"].agg(set).str.len() == 1).all()
    require_for_task(manifest, "segmentation")


@pytest.mark.slow
def test_deepcrack_train_photos_that_overlap_test_photos_are_found(data_root, ingest, tmp_path):
    overlaps = OverlapSearch(OverlapSettings(), tmp_path / "overlaps", n_jobs=2)
    pattern = r"^(.+?)(?:-\d+)?$"
    found = ingest(data_root / "deepcrack", "paired_folders", pattern, overlaps=overlaps)
    leaks = found.report["leaking_into_official_splits"]
    assert leaks["train_photos"] >= 19
    assert len(leaks["official_photos"]) >= 20
    sources = {name.removeprefix("train/").split("-")[0] for name in leaks["photos"]}
    assert {"11289", "11142", "11187", "11158"} <= sources


def test_metu_duplicates_stay_on_one_side(data_root, ingest):
    found = ingest(data_root / "metu")
    manifest = found.manifest
    photos = usable_rows(manifest)
    assert len(photos) == 4000
    assert photos["sha256"].nunique() == 3905
    assert (photos.groupby("group_id")["split"].agg(set).str.len() == 1).all()
    assert (photos.groupby("sha256")["group_id"].agg(set).str.len() == 1).all()
    assert 150 <= found.report["leakage"]["photos_linked_by"]["near-duplicate"] <= 200
    assert photos["group_id"].value_counts().max() <= 6
    counts = photos.groupby(["split", "label"]).size()
    assert counts["train"].tolist() == [1400, 1400]
    assert counts["test"].tolist() == [300, 300]
    require_for_task(manifest, "classification")
