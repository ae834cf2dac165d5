import logging
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from crack_pipeline.data_source import ListedImage
from crack_pipeline.errors import StorageError
from crack_pipeline.ingestion import checked_table
from crack_pipeline.ingestion.checked_table import check_listing
from crack_pipeline.ingestion.checking import CheckSettings
from crack_pipeline.ingestion.listing import describe_listing
from crack_pipeline.masks.settings import RepairSettings
from crack_pipeline.sources import list_photos


@pytest.fixture
def opened(monkeypatch):
    """Names of the files that were opened, run by run."""
    runs: list[list[str]] = []
    check = checked_table.check_in_parallel

    def record(files, *options):
        runs.append([Path(entry.image_path).name for entry in files])
        return check(files, *options)

    monkeypatch.setattr(checked_table, "check_in_parallel", record)
    return runs


def run(folder, plan):
    return check_listing(describe_listing(list_photos("class_folders", folder)), plan)


@pytest.fixture
def photo_with_grey_mask(tmp_path, draw_surface):
    """A photo whose mask needs repair: three channels."""
    Image.fromarray(draw_surface(1)).save(tmp_path / "photo.png")
    mask = np.zeros((72, 96, 3), np.uint8)
    mask[20:24] = (255, 255, 255)
    Image.fromarray(mask).save(tmp_path / "mask.png")
    return describe_listing(
        [ListedImage("a", tmp_path / "photo.png", mask_path=tmp_path / "mask.png", noted="x")]
    )


def test_a_second_run_opens_nothing(class_folders, plan, opened, caplog):
    first, first_thumbnails = run(class_folders, plan)
    with caplog.at_level(logging.INFO):
        second, second_thumbnails = run(class_folders, plan)
    assert [len(files) for files in opened] == [20]
    assert "Nothing new among 20 photos" in caplog.text
    pd.testing.assert_frame_equal(first, second)
    np.testing.assert_array_equal(first_thumbnails, second_thumbnails)


def test_only_new_and_changed_files_are_opened(class_folders, plan, tmp_path, opened, draw_surface):
    run(class_folders, plan)
    shutil.copy(class_folders / "Positive" / "3.png", class_folders / "Positive" / "new.png")
    changed = class_folders / "Negative" / "5.png"
    changed.write_bytes(b"")
    (class_folders / "Negative" / "7.png").unlink()
    checked, thumbnails = run(class_folders, plan)
    assert opened[1] == ["5.png", "new.png"]
    fresh, fresh_thumbnails = run(class_folders, replace(plan, store=tmp_path / "other"))
    pd.testing.assert_frame_equal(checked, fresh)
    np.testing.assert_array_equal(thumbnails, fresh_thumbnails)
    assert checked.set_index("image_id").loc["Negative/5", "reason"] == "zero bytes"


def test_files_that_are_gone_move_the_thumbnails_of_the_others(class_folders, plan, opened):
    before, thumbnails = run(class_folders, plan)
    kept = thumbnails[1:].copy()
    (class_folders / "Negative" / "0.png").unlink()
    after, moved = run(class_folders, plan)
    assert opened[1] == []
    assert after["image_id"].tolist() == before["image_id"].tolist()[1:]
    np.testing.assert_array_equal(moved, kept)


def test_another_limit_opens_all_again(class_folders, plan, opened):
    run(class_folders, plan)
    checked, _ = run(class_folders, replace(plan, settings=CheckSettings(0.001)))
    assert [len(files) for files in opened] == [20, 20]
    assert checked["reason"].str.startswith("too large").all()


def test_another_code_that_judges_files_opens_all_again(
    class_folders, plan, opened, monkeypatch, caplog
):
    caplog.set_level("INFO")
    run(class_folders, plan)
    assert "opened again" not in caplog.text
    monkeypatch.setattr(checked_table, "digest_code", lambda *parts: f"other {parts}")
    run(class_folders, plan)
    assert f"Every photo is opened again: {plan.store} was made with other code" in caplog.text
    assert [len(files) for files in opened] == [20, 20]


def test_a_damaged_store_opens_all_again(class_folders, plan, opened):
    run(class_folders, plan)
    (plan.store / "thumbnails.npy").write_bytes(b"half")
    run(class_folders, plan)
    assert [len(files) for files in opened] == [20, 20]


def test_repaired_masks_are_named_and_digested_as_written(photo_with_grey_mask, plan, tmp_path):
    raw = (tmp_path / "mask.png").read_bytes()
    checked, _ = check_listing(photo_with_grey_mask, plan)
    row = checked.iloc[0]
    assert row["repaired_mask"] == str(plan.masks / "a.png")
    assert row["mended"].startswith("x;")
    assert row["label"] == 1
    assert (tmp_path / "mask.png").read_bytes() == raw
    loose = CheckSettings(500, RepairSettings(halo_threshold=60))
    again, _ = check_listing(photo_with_grey_mask, replace(plan, settings=loose))
    assert again["mask_sha256"].equals(checked["mask_sha256"])  # the same pixels, the same digest


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_a_repaired_mask_that_is_gone_or_changed_is_made_again(
    photo_with_grey_mask, plan, opened, damage
):
    check_listing(photo_with_grey_mask, plan)
    written = plan.masks / "a.png"
    whole = written.read_bytes()
    if damage == "missing":
        written.unlink()
    else:
        written.write_bytes(whole + b"x")
    check_listing(photo_with_grey_mask, plan)
    assert len(opened) == 2
    assert written.read_bytes() == whole


def test_listed_faults_are_kept_and_not_opened(class_folders, plan, opened):
    photos = [
        ListedImage("a", class_folders / "Positive" / "1.png"),
        ListedImage("b", class_folders / "Positive" / "2.png", reason="image without mask"),
    ]
    checked, thumbnails = check_listing(describe_listing(photos), plan)
    assert opened == [["1.png"]]
    assert checked["reason"].tolist() == ["", "image without mask"]
    assert thumbnails[0].any()
    assert not thumbnails[1].any()


def test_nothing_to_open_is_no_fault(tmp_path, plan):
    listing = describe_listing([ListedImage("a", tmp_path / "a.jpg", reason="image without mask")])
    checked, _ = check_listing(listing, plan)
    assert checked["reason"].tolist() == ["image without mask"]


def test_no_write_permission_is_a_storage_error(class_folders, plan, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="write permission"):
        run(class_folders, replace(plan, store=tmp_path / "file" / "checks"))


def test_an_extra_that_reads_more_opens_the_photos_again(class_folders, plan, opened, monkeypatch):
    monkeypatch.setattr(checked_table, "reads_heic", lambda: False)
    run(class_folders, plan)
    monkeypatch.setattr(checked_table, "reads_heic", lambda: True)
    run(class_folders, plan)
    assert [len(files) for files in opened] == [20, 20]
