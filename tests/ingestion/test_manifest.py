"""From a folder to manifest and report."""

import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from crack_pipeline.errors import ManifestError, SourceError, SplitError
from crack_pipeline.ingestion.report import describe_set_aside, format_report
from crack_pipeline.ingestion.sheet import draw_manifest_sheet
from crack_pipeline.manifest import (
    MANIFEST_SCHEMA,
    require_for_task,
    usable_rows,
    validate_manifest,
)


def add_masks(folder, draw_surface, *, n_train=12, n_test=4):
    for split, count in (("train", n_train), ("test", n_test)):
        for kind in ("img", "lab"):
            (folder / f"{split}_{kind}").mkdir(parents=True)
        for number in range(count):
            stem = f"{split}{number // 2}-{number}"
            seed = number if split == "train" else 500 + number
            Image.fromarray(draw_surface(seed)).save(folder / f"{split}_img" / f"{stem}.png")
            mask = np.zeros((72, 96), bool)
            mask[20:22] = number % 3 > 0
            Image.fromarray(mask).save(folder / f"{split}_lab" / f"{stem}.png")


def test_good_folders_become_a_valid_manifest(class_folders, ingest):
    found = ingest(class_folders)
    manifest = found.manifest
    pd.testing.assert_frame_equal(validate_manifest(manifest), manifest)
    assert list(manifest.columns) == list(MANIFEST_SCHEMA.columns)
    assert manifest["image_id"].is_monotonic_increasing
    assert manifest["label"].tolist() == [0] * 10 + [1] * 10
    assert (manifest["photo_id"] == manifest["image_id"]).all()
    assert manifest["group_id"].nunique() == 20
    require_for_task(manifest, "classification")
    assert found.report["fit_for"]["classification"] == "yes"


def test_the_same_folder_gives_the_same_manifest(class_folders, ingest, tmp_path):
    first = ingest(class_folders).manifest
    shutil.rmtree(tmp_path / "checks")
    second = ingest(class_folders).manifest
    pd.testing.assert_frame_equal(first, second)


def test_copies_share_a_group_and_a_split(class_folders, ingest):
    for number in range(4):
        original = class_folders / "Positive" / f"{number}.png"
        shutil.copy(original, class_folders / "Positive" / f"{number}_copy.png")
        recompressed = class_folders / "Positive" / f"{number}_again.jpg"
        Image.open(original).save(recompressed, quality=70)
    found = ingest(class_folders)
    manifest, report = found.manifest, found.report
    assert report["groups"]["groups_by_size"] == {"1": 16, "3": 4}
    assert report["duplicates"]["exact_copies"] == 4
    assert report["leakage"]["photos_linked_by"]["near-duplicate"] == 8
    assert (manifest.groupby("group_id")["split"].agg(set).str.len() == 1).all()


def test_copies_with_both_labels_are_counted(class_folders, ingest):
    shutil.copy(class_folders / "Positive" / "1.png", class_folders / "Negative" / "x.png")
    report = ingest(class_folders).report
    assert report["duplicates"]["contents_with_contradicting_labels"] == 1


def test_bad_files_are_rows_with_reasons_and_never_touched(class_folders, ingest):
    folder = class_folders / "Positive"
    whole = (folder / "1.png").read_bytes()
    bad = {"zero.png": b"", "cut.png": whole[:-40], "text.jpg": b"hello" * 20, "note.txt": b"x"}
    for name, content in bad.items():
        (folder / name).write_bytes(content)
    shutil.copy(folder / "2.png", folder / "3.bmp")
    found = ingest(class_folders)
    manifest, report = found.manifest, found.report
    assert report["set_aside_by_reason"] == {
        "two images with one stem": 2,
        "zero bytes": 1,
        "truncated file": 1,
        "not an image": 1,
        "not an image file type: .txt": 1,
    }
    assert report["files"] == 25
    assert report["usable"] == len(usable_rows(manifest)) == 19
    assert "3.bmp" in str(report["set_aside_files"])
    assert all((folder / name).read_bytes() == content for name, content in bad.items())


def test_masks_give_labels_and_patches_of_one_photo_stay_together(tmp_path, ingest, draw_surface):
    add_masks(tmp_path / "raw", draw_surface)
    found = ingest(tmp_path / "raw", "paired_folders", r"^(.+?)(?:-\d+)?$")
    manifest, report = found.manifest, found.report
    assert report["splits"]["test"] == {
        "photos": 4,
        "crack": 2,
        "no_crack": 2,
        "unknown": 0,
        "groups": 2,
    }
    assert report["mended"] == {"mask_1_bit": 16}
    assert report["groups"]["groups_by_size"] == {"2": 8}
    assert (manifest.groupby("photo_id")["split"].agg(set).str.len() == 1).all()
    require_for_task(manifest, "segmentation")


def test_a_train_copy_of_a_test_photo_is_set_aside_and_reported(tmp_path, ingest, draw_surface):
    raw = tmp_path / "raw"
    add_masks(raw, draw_surface)
    shutil.copy(raw / "test_img" / "test0-0.png", raw / "train_img" / "sneaky.png")
    shutil.copy(raw / "test_lab" / "test0-0.png", raw / "train_lab" / "sneaky.png")
    report = ingest(raw, "paired_folders").report
    assert report["leaking_into_official_splits"] == {
        "leaking_train": "drop",
        "train_photos": 1,
        "validation_photos": 0,
        "what_happens": "set aside",
        "by_link": {"copy": 1},
        "photos": {
            "train/sneaky": {"part": "test", "partner": "test/test0-0", "linked_by": "copy"}
        },
        "official_photos": ["test/test0-0"],
    }
    assert report["set_aside_files"]["train/sneaky"].endswith("test/test0-0 (copy)")


def test_leaks_that_are_kept_stay_in_train_and_the_report_says_so(tmp_path, ingest, draw_surface):
    raw = tmp_path / "raw"
    add_masks(raw, draw_surface)
    for number in range(5):
        shutil.copy(raw / "test_img" / "test0-0.png", raw / "train_img" / f"sneaky{number}.png")
        shutil.copy(raw / "test_lab" / "test0-0.png", raw / "train_lab" / f"sneaky{number}.png")
    found = ingest(raw, "paired_folders", leaking_train="keep")
    kept = found.manifest[found.manifest["image_id"].str.contains("sneaky")]
    assert kept["split"].tolist() == ["train"] * 5
    assert kept["reason"].eq("").all()
    told = found.report["leaking_into_official_splits"]
    assert told["train_photos"] == 5
    assert told["what_happens"].startswith("kept in train")
    assert "5 train photos, kept in train" in format_report(found.report)
    assert "across the split         1 group" in format_report(found.report)
    leakage = found.report["leakage"]
    assert leakage["groups_that_cross_the_split"] == 1
    assert leakage["claim"].startswith("Groups that cross the split: 1, with 6 photos")


def copy_into_validation(raw) -> None:
    """Three official validation photos, one of them a copy of a test photo."""
    for kind in ("images", "masks"):
        for part in ("train", "test"):
            shutil.copytree(raw / f"{part}_{'img' if kind == 'images' else 'lab'}",
                            raw / "own" / part / kind)  # fmt: skip
        (raw / "own" / "val" / kind).mkdir(parents=True)
        for stem in ("train0-0", "train0-1"):
            shutil.move(raw / "own" / "train" / kind / f"{stem}.png", raw / "own" / "val" / kind)
        copied = raw / "own" / "test" / kind / "test0-1.png"
        shutil.copy(copied, raw / "own" / "val" / kind / "sneaky.png")


@pytest.mark.parametrize(("choice", "n_crossing"), [("drop", 0), ("keep", 1)])
def test_validation_copies_of_test_photos_are_reported(
    tmp_path, ingest, draw_surface, choice, n_crossing
):
    add_masks(tmp_path / "raw", draw_surface)
    copy_into_validation(tmp_path / "raw")
    found = ingest(tmp_path / "raw" / "own", "folder", leaking_train=choice)
    told = found.report["leaking_into_official_splits"]
    assert (told["train_photos"], told["validation_photos"]) == (0, 1)
    assert told["photos"]["validation/sneaky"]["partner"] == "test/test0-1"
    assert told["official_photos"] == ["test/test0-1"]
    assert "1 validation photo, " in format_report(found.report)
    leakage = found.report["leakage"]
    assert leakage["groups_that_cross_the_split"] == n_crossing
    assert ("No known duplicate" in leakage["claim"]) == (n_crossing == 0)
    photos = usable_rows(found.manifest)
    assert (photos.groupby("group_id")["split"].agg(set).str.len() > 1).sum() == n_crossing


def test_images_without_masks_only_leave_nothing(tmp_path, ingest, draw_surface):
    add_masks(tmp_path / "raw", draw_surface)
    for split in ("train", "test"):
        for mask in (tmp_path / "raw" / f"{split}_lab").iterdir():
            mask.unlink()
    with pytest.raises(SourceError, match="16 × image without mask"):
        ingest(tmp_path / "raw", "paired_folders")


def test_masks_without_images_only_leave_nothing(tmp_path, ingest, draw_surface):
    add_masks(tmp_path / "raw", draw_surface)
    for split in ("train", "test"):
        for image in (tmp_path / "raw" / f"{split}_img").iterdir():
            image.unlink()
    with pytest.raises(SourceError, match="16 × mask without image"):
        ingest(tmp_path / "raw", "paired_folders")


def test_too_few_photos_are_an_error(class_folders, ingest):
    for path in [*(class_folders / "Positive").iterdir(), *(class_folders / "Negative").iterdir()]:
        if path.stem not in {"1"}:
            path.unlink()
    with pytest.raises(SplitError, match="2 usable photos in 2 groups"):
        ingest(class_folders)


def test_one_class_only_is_reported_and_refused_for_classification(class_folders, ingest):
    for path in (class_folders / "Negative").iterdir():
        path.unlink()
    found = ingest(class_folders)
    manifest = found.manifest
    assert (
        found.report["fit_for"]["classification"] == "no: only photos with crack in the train split"
    )
    with pytest.raises(ManifestError, match="both classes"):
        require_for_task(manifest, "classification")


def test_photos_without_masks_are_refused_for_segmentation(class_folders, ingest):
    found = ingest(class_folders)
    manifest = found.manifest
    assert "without a mask" in found.report["fit_for"]["segmentation"]
    with pytest.raises(ManifestError, match="needs a mask"):
        require_for_task(manifest, "segmentation")


def test_masks_without_any_crack_are_refused_for_segmentation(tmp_path, ingest, draw_surface):
    add_masks(tmp_path / "raw", draw_surface)
    for path in (tmp_path / "raw" / "train_lab").iterdir():
        Image.new("1", (96, 72)).save(path)
    manifest = ingest(tmp_path / "raw", "paired_folders").manifest
    with pytest.raises(ManifestError, match=r"all of them without crack.*crack is 255"):
        require_for_task(manifest, "segmentation")


def test_photos_without_masks_and_labels_get_a_remedy_that_works(tmp_path, ingest, draw_surface):
    add_masks(tmp_path / "raw", draw_surface)
    manifest = ingest(tmp_path / "raw", "paired_folders").manifest
    for bare, remedy in (
        ({"mask_path": None, "label": pd.NA}, "Draw masks for some tens"),
        ({"mask_path": None}, "task=classification"),
        ({"mask_path": None, "label": 1}, "Draw the masks that are missing"),
    ):
        with pytest.raises(ManifestError) as refused:
            require_for_task(manifest.assign(**bare), "segmentation")
        assert remedy in refused.value.remedy
        assert ("task=classification" in refused.value.remedy) == (bare == {"mask_path": None})


def test_the_table_has_no_row_that_counts_nothing(class_folders, ingest):
    table = format_report(ingest(class_folders).report)
    for heading in ("set aside", "mended", "exact copies", "random 80/20", "groups  "):
        assert heading not in table


def test_the_table_fits_one_screen(class_folders, ingest):
    (class_folders / "Positive" / "zero.png").write_bytes(b"")
    lines = format_report(ingest(class_folders).report).splitlines()
    assert len(lines) <= 30
    assert max(len(line) for line in lines[1:]) <= 100
    assert any("1 × zero bytes" in line for line in lines)


def test_what_was_set_aside_is_told_with_its_remedy(class_folders, ingest):
    (class_folders / "Positive" / "zero.png").write_bytes(b"")
    told = describe_set_aside(ingest(class_folders).report, report_file="data/x/ingestion.json")
    assert "Received: 1 of 21 files without that (1 × zero bytes)." in told
    assert "First: Positive/zero: zero bytes." in told
    assert "data/x/ingestion.json names them all" in told


def test_the_sheet_shows_each_split(tmp_path, ingest, draw_surface):
    add_masks(tmp_path / "raw", draw_surface)
    manifest = ingest(tmp_path / "raw", "paired_folders").manifest
    figure = draw_manifest_sheet(manifest, title="photos", n_photos=2, seed=0)
    assert sum(len(axes.images) for axes in figure.axes) == 6
    figure.savefig(tmp_path / "sheet.png", dpi=40)
