"""One photo that bears two labels."""

import shutil

import numpy as np
import pytest
from PIL import Image, ImageOps

from crack_pipeline.errors import SourceError
from crack_pipeline.ingestion.contradictions import describe_contradicting
from crack_pipeline.ingestion.corrections import Corrections
from crack_pipeline.ingestion.repairs import DOUBTFUL, repair_table
from crack_pipeline.ingestion.report import describe_set_aside, format_report

BOTH = {
    "Negative/copy": "no crack here, crack as Positive/1",
    "Positive/1": "crack here, no crack as Negative/copy",
}


@pytest.fixture
def contradicting(class_folders):
    """A folder with one photo, mirrored, in the other class as well."""
    photo = Image.open(class_folders / "Positive" / "1.png")
    ImageOps.mirror(photo).save(class_folders / "Negative" / "copy.png")
    return class_folders


@pytest.mark.parametrize(
    "change",
    [
        lambda photo: photo,
        ImageOps.mirror,
        lambda photo: photo.transpose(Image.Transpose.ROTATE_90),
        lambda photo: photo.resize((144, 108)),
    ],
    ids=["again", "mirrored", "turned", "resized"],
)
@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_the_same_photo_in_both_classes_is_set_aside_by_name(class_folders, ingest, change, suffix):
    photo = Image.open(class_folders / "Positive" / "1.png")
    change(photo).save(class_folders / "Negative" / f"copy.{suffix}", quality=70)
    found = ingest(class_folders)
    aside = found.manifest[found.manifest["status"] == "set_aside"].set_index("image_id")
    assert aside["reason"].to_dict() == {
        name: f"one photo with two labels: {told}" for name, told in BOTH.items()
    }
    assert found.report["contradicting_labels"]["photos"] == BOTH
    assert found.report["duplicates"]["contents_with_contradicting_labels"] == 1
    for text in (
        format_report(found.report),
        describe_contradicting(found.report, report_file="ingestion.json"),
    ):
        assert set(BOTH) == {name for name in BOTH if name in text}
    assert describe_set_aside(found.report, report_file="ingestion.json") == ""


def test_kept_ones_stay_in_one_group_and_are_doubted_by_name(contradicting, ingest):
    found = ingest(contradicting, contradicting="keep")
    assert found.manifest["status"].eq("ok").all()
    kept = found.manifest.set_index("image_id").loc[list(BOTH)]
    assert kept["group_id"].nunique() == kept["split"].nunique() == 1
    assert kept["mended"].str.contains("label_contradicted").all()
    assert found.report["contradicting_labels"]["what_happens"] == "kept"
    rows = repair_table(found.divided)
    assert set(rows.loc[rows["action"] == DOUBTFUL, "image_id"]) == set(BOTH)


@pytest.mark.parametrize(
    "decided",
    [
        Corrections(leave_out={"Negative/copy": "wrong folder"}),
        Corrections(labels={"Negative/copy": 1}),
        Corrections(labels={"Positive/1": 0}),
    ],
)
def test_a_decision_ends_the_contradiction_and_moves_no_other_photo(contradicting, ingest, decided):
    before = ingest(contradicting, contradicting="keep").manifest.set_index("image_id")
    found = ingest(contradicting, decided=decided)
    assert found.report["contradicting_labels"]["photos"] == {}
    after = found.manifest.set_index("image_id")
    assert after.loc["Positive/1", "status"] == "ok"
    assert after["split"].dropna().to_dict().items() <= before["split"].to_dict().items()


def test_masks_give_labels_too(tmp_path, draw_surface, ingest):
    for kind in ("images", "masks"):
        (tmp_path / "raw" / kind).mkdir(parents=True)
    for number in range(9):
        photo = Image.fromarray(draw_surface(min(number, 7)))
        photo.save(tmp_path / "raw" / "images" / f"{number}.jpg", quality=60 + 5 * number)
        mask = np.zeros((72, 96), bool)
        mask[20:22] = number != 8
        Image.fromarray(mask).save(tmp_path / "raw" / "masks" / f"{number}.png")
    manifest = ingest(tmp_path / "raw", "folder").manifest.set_index("image_id")
    aside = manifest[manifest["status"] == "set_aside"]
    assert aside["reason"].to_dict() == {
        "7": "one photo with two labels: crack here, no crack as 8",
        "8": "one photo with two labels: no crack here, crack as 7",
    }


def test_crops_that_lie_beside_each_other_are_not_the_same(class_folders, draw_surface, ingest):
    surface = draw_surface(3, width_px=248, height_px=240)
    # The same uneven light on both makes their hashes alike.
    y, x = np.mgrid[:240, :240] / 240
    light = np.repeat(255 * np.hypot(x - 0.3, y - 0.6)[..., None], 3, axis=2)
    for name, left in (("Positive", 0), ("Negative", 8)):
        crop = (0.7 * light + 0.3 * surface[:, left : left + 240]).astype(np.uint8)
        Image.fromarray(crop).save(class_folders / name / "crop.png")
    found = ingest(class_folders)
    assert found.links["kind"].tolist() == ["near-duplicate"]
    assert found.manifest["status"].eq("ok").all()


def test_blank_photos_are_the_same_where_their_bytes_are(class_folders, ingest):
    for name, grey in (("Positive/a", 200), ("Negative/a", 200), ("Negative/b", 90)):
        Image.new("RGB", (96, 72), (grey,) * 3).save(class_folders / f"{name}.png")
    assert set(ingest(class_folders).report["contradicting_labels"]["photos"]) == {
        "Positive/a",
        "Negative/a",
    }


def test_where_all_contradict_no_photo_is_left(class_folders, ingest):
    shutil.rmtree(class_folders / "Negative")
    shutil.copytree(class_folders / "Positive", class_folders / "Negative")
    with pytest.raises(SourceError, match="20 × one photo with two labels"):
        ingest(class_folders)
