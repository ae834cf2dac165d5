from pathlib import Path

import cv2
import numpy as np
import pytest

from crack_pipeline.errors import ManifestError, MaskError, StorageError
from crack_pipeline.masks.annotations import read_annotation
from crack_pipeline.masks.export import export_coco, export_yolo
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.sources.coco import list_coco
from crack_pipeline.sources.crackseg import list_crackseg

SPLITS = {"train": 4, "validation": 4, "test": 6}


def check(listed, manifest):
    """Every photo is there, byte by byte, with the mask that it had."""
    rows = {row["image_id"]: row for row in manifest.to_dict("records")}
    by_stem = {photo.image_path.stem: photo for photo in listed}
    assert set(by_stem) == {name.replace("/", "_") for name in rows}
    for name, row in rows.items():
        photo = by_stem[name.replace("/", "_")]
        assert (photo.reason, photo.split) == ("", row["split"])
        assert photo.image_path.read_bytes() == Path(row["image_path"]).read_bytes()
        decoded = read_annotation(photo.mask_path, photo.mask_format, photo.annotation, 64, 48)
        expected = cv2.imread(row["mask_path"], cv2.IMREAD_GRAYSCALE) > 0
        np.testing.assert_array_equal(decoded.mask, expected)


@pytest.fixture
def manifest(line_manifest):
    first = line_manifest["image_id"] == "photo_00"
    line_manifest.loc[first, "image_id"] = "train/photo 0"
    return line_manifest


def test_a_yolo_data_set_is_read_back(manifest, tmp_path):
    export_yolo(manifest, tmp_path / "new" / "yolo")
    check(list_crackseg(tmp_path / "new" / "yolo"), manifest)
    assert (tmp_path / "new" / "yolo" / "data.yaml").read_text().splitlines() == [
        "train: train/images",
        "val: valid/images",
        "test: test/images",
        "nc: 1",
        "names: [crack]",
    ]


@pytest.mark.parametrize("outlines", ["polygons", "rle"])
def test_a_coco_data_set_is_read_back(manifest, tmp_path, outlines):
    export_coco(manifest, tmp_path / "coco", outlines=outlines)
    check(list_coco(tmp_path / "coco"), manifest)


def test_photos_that_were_set_aside_are_left_out(manifest, tmp_path):
    manifest.loc[manifest["split"] == "test", ["status", "reason"]] = ["set_aside", "bad"]
    export_yolo(manifest, tmp_path / "yolo")
    assert len(list_crackseg(tmp_path / "yolo")) == SPLITS["train"] + SPLITS["validation"]
    assert "test" not in (tmp_path / "yolo" / "data.yaml").read_text()


@pytest.mark.parametrize("export", [export_yolo, export_coco])
def test_a_photo_without_mask_must_be_free_of_crack(manifest, tmp_path, export):
    clean = manifest["label"] == 0
    manifest.loc[clean, "mask_path"] = None
    export(manifest, tmp_path / "one")
    manifest.loc[~clean, "mask_path"] = None
    with pytest.raises(ManifestError, match="7 photos without, such as photo_02"):
        export(manifest, tmp_path / "two")


@pytest.mark.parametrize("export", [export_yolo, export_coco])
def test_a_folder_with_files_is_left_alone(manifest, tmp_path, export):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").write_text("mine")
    with pytest.raises(StorageError, match="not an empty folder"):
        export(manifest, tmp_path / "mine")
    with pytest.raises(StorageError, match="not an empty folder"):
        export(manifest, tmp_path / "mine" / "a.txt")


def test_ids_that_would_become_one_name_are_refused(manifest, tmp_path):
    manifest.loc[1, "image_id"] = "train_photo 0"
    with pytest.raises(ManifestError, match="two of which would get one name"):
        export_yolo(manifest, tmp_path / "yolo")


def test_a_mask_that_cannot_be_read_is_named(manifest, tmp_path):
    path = Path(manifest.loc[3, "mask_path"])
    path.write_bytes(b"")
    with pytest.raises(MaskError, match="photo_03_mask"):
        export_yolo(manifest, tmp_path / "yolo")
    with pytest.raises(MaskError):
        read_mask(path)
