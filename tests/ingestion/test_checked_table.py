import logging
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crack_pipeline.errors import StorageError
from crack_pipeline.ingestion import checked_table
from crack_pipeline.ingestion.checked_table import check_listing
from crack_pipeline.ingestion.listing import describe_listing
from crack_pipeline.ingestion.settings import ParallelSettings
from crack_pipeline.sources import list_photos
from crack_pipeline.sources.listing import ListedImage


@pytest.fixture
def opened(monkeypatch):
    """Names of the files that were opened, run by run."""
    runs: list[list[str]] = []
    check = checked_table.check_in_parallel

    def record(paths, **options):
        runs.append([Path(image).name for image, _ in paths])
        return check(paths, **options)

    monkeypatch.setattr(checked_table, "check_in_parallel", record)
    return runs


def run(folder, store, max_megapixels=500.0):
    listing = describe_listing(list_photos("class_folders", folder))
    return check_listing(listing, store, max_megapixels=max_megapixels, parallel=ParallelSettings())


def test_a_second_run_opens_nothing(class_folders, tmp_path, opened, caplog):
    first, first_thumbnails = run(class_folders, tmp_path / "checks")
    with caplog.at_level(logging.INFO):
        second, second_thumbnails = run(class_folders, tmp_path / "checks")
    assert [len(files) for files in opened] == [20]
    assert "the manifest is current" in caplog.text
    pd.testing.assert_frame_equal(first, second)
    np.testing.assert_array_equal(first_thumbnails, second_thumbnails)


def test_only_new_and_changed_files_are_opened(class_folders, tmp_path, opened, draw_surface):
    run(class_folders, tmp_path / "checks")
    shutil.copy(class_folders / "Positive" / "3.png", class_folders / "Positive" / "new.png")
    changed = class_folders / "Negative" / "5.png"
    changed.write_bytes(b"")
    (class_folders / "Negative" / "7.png").unlink()
    checked, thumbnails = run(class_folders, tmp_path / "checks")
    assert opened[1] == ["5.png", "new.png"]
    fresh, fresh_thumbnails = run(class_folders, tmp_path / "other")
    pd.testing.assert_frame_equal(checked, fresh)
    np.testing.assert_array_equal(thumbnails, fresh_thumbnails)
    assert checked.set_index("image_id").loc["Negative/5", "reason"] == "zero bytes"


def test_another_limit_opens_all_again(class_folders, tmp_path, opened):
    run(class_folders, tmp_path / "checks")
    checked, _ = run(class_folders, tmp_path / "checks", max_megapixels=0.001)
    assert [len(files) for files in opened] == [20, 20]
    assert checked["reason"].str.startswith("too large").all()


def test_a_damaged_store_opens_all_again(class_folders, tmp_path, opened):
    run(class_folders, tmp_path / "checks")
    (tmp_path / "checks" / "thumbnails.npy").write_bytes(b"half")
    run(class_folders, tmp_path / "checks")
    assert [len(files) for files in opened] == [20, 20]


def test_listed_faults_are_kept_and_not_opened(class_folders, tmp_path, opened):
    photos = [
        ListedImage("a", class_folders / "Positive" / "1.png"),
        ListedImage("b", class_folders / "Positive" / "2.png", reason="image without mask"),
    ]
    checked, thumbnails = check_listing(
        describe_listing(photos),
        tmp_path / "checks",
        max_megapixels=500,
        parallel=ParallelSettings(),
    )
    assert opened == [["1.png"]]
    assert checked["reason"].tolist() == ["", "image without mask"]
    assert thumbnails[0].any()
    assert not thumbnails[1].any()


def test_nothing_to_open_is_no_fault(tmp_path):
    listing = describe_listing([ListedImage("a", tmp_path / "a.jpg", reason="image without mask")])
    checked, _ = check_listing(
        listing, tmp_path / "checks", max_megapixels=500, parallel=ParallelSettings()
    )
    assert checked["reason"].tolist() == ["image without mask"]


def test_no_write_permission_is_a_storage_error(class_folders, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="write permission"):
        run(class_folders, tmp_path / "file" / "checks")
