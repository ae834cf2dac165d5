import cv2
import numpy as np
import pandas as pd
import pytest
from pycocotools.coco import COCO
from tests.inspection.bars import make_crack, measure_bars

from crack_pipeline.errors import DamagedError
from crack_pipeline.images.exif import Shot
from crack_pipeline.inspection.files import is_done, write_failure, write_photo, write_tables
from crack_pipeline.inspection.photo_csv import Metadata
from crack_pipeline.spreadsheets import read_sheet

ODD_NAMES = ["north/a.jpg", "south/a.jpg", "Brücke 'Süd' \"1\".png", "=cmd|' /C calc'!A0.jpg"]
ODD_NAMES += ["<script>alert(1)</script>.jpg"]


def write(folder, *cracks, name="a.jpg", **settings):
    measurement = measure_bars(*cracks, name=name, mm_per_px=0.5)
    given = {"key": "k", "sha256": "0" * 64, "shot": Shot("2024-05-06T07:08:09", 48.1, -11.5)}
    return write_photo(measurement, folder, **(given | settings))


def read_csv(path):
    (_, names), *lines = read_sheet(path).lines
    return pd.DataFrame([cells for _, cells in lines], columns=names)


def test_each_photo_has_its_files(tmp_path):
    crack = make_crack(10, 20, width_px=3, length_px=100)
    row = write(tmp_path, crack, name="north/a.jpg", probabilities=True)
    mask = cv2.imread(str(tmp_path / row["mask"]), cv2.IMREAD_UNCHANGED)
    assert row["mask"] == "masks/north/a.jpg.png"
    assert set(np.unique(mask)) == {0, 255}
    assert np.count_nonzero(mask) == 300
    levels = cv2.imread(str(tmp_path / "probabilities/north/a.jpg.png"), cv2.IMREAD_UNCHANGED)
    assert levels.dtype == np.uint16
    assert levels.max() == 65535
    plain, overlay = (
        cv2.imread(str(tmp_path / kind / "north/a.jpg.jpg")) for kind in ("photos", "overlays")
    )
    assert plain.shape == overlay.shape
    assert np.abs(plain.astype(int) - overlay).max() > 100
    assert (row["taken_at"], row["latitude"]) == ("2024-05-06T07:08:09", 48.1)


def test_tables_are_made_from_records(tmp_path):
    crack = make_crack(10, 20, width_px=3, length_px=100)
    for name in ODD_NAMES:
        write(tmp_path, crack, name=name)
    write_failure(tmp_path, "b.jpg", "truncated file")
    write(tmp_path, name="empty.jpg")
    names = [*ODD_NAMES, "b.jpg", "empty.jpg"]
    rows = {"north/a.jpg": {"element": "=pier 1"}, "b.jpg": {"element": "deck"}}
    metadata = Metadata(("element",), rows, ())
    photos, cracks = write_tables(tmp_path, names, metadata)
    assert photos["photo"].tolist() == names
    assert cracks["photo"].tolist() == ODD_NAMES
    assert cracks["crack_id"].is_unique
    saved = read_csv(tmp_path / "photos.csv")
    assert saved["photo"].tolist() == names
    assert saved["status"].tolist() == ["done"] * 5 + ["failed", "done"]
    assert saved["element"].tolist() == ["=pier 1", *[""] * 4, "deck", ""]
    text = (tmp_path / "cracks.csv").read_text("utf-8-sig")
    assert "\n=" not in text
    assert ",=" not in text
    profiles = pd.read_parquet(tmp_path / "profiles.parquet")
    assert profiles["photo"].nunique() == len(ODD_NAMES)
    assert len(profiles) == 500


def test_coco_has_an_instance_per_crack(tmp_path, capsys):
    first = make_crack(10, 20, width_px=3, length_px=100)
    second = make_crack(50, 20, width_px=2, length_px=50, doubts=("shadow?",))
    write(tmp_path, first, second, name="a.jpg")
    write(tmp_path, name="b.jpg")
    write_tables(tmp_path, ["a.jpg", "b.jpg"])
    coco = COCO(tmp_path / "coco.json")
    assert [one["file_name"] for one in coco.loadImgs([1, 2])] == ["a.jpg", "b.jpg"]
    shapes = coco.loadAnns(coco.getAnnIds(imgIds=[1]))
    assert [shape["bbox"] for shape in shapes] == [[20, 10, 100, 3], [20, 50, 50, 2]]
    mask = np.zeros((120, 200), np.uint8)
    mask[10:13, 20:120] = 1
    assert (coco.annToMask(shapes[0]) == mask).all()
    capsys.readouterr()


@pytest.mark.parametrize(
    "lost", ["masks/a.jpg.png", "overlays/a.jpg.jpg", "photos/a.jpg.jpg", "probabilities/a.jpg.png"]
)
def test_a_photo_is_done_while_its_files_are_there(lost, tmp_path):
    write(tmp_path, make_crack(10, 20, width_px=3, length_px=100), probabilities=True)
    assert is_done(tmp_path, "a.jpg", "k")
    assert not is_done(tmp_path, "a.jpg", "other settings")
    assert not is_done(tmp_path, "b.jpg", "k")
    (tmp_path / lost).unlink()
    assert not is_done(tmp_path, "a.jpg", "k")
    write_failure(tmp_path, "b.jpg", "truncated file")
    assert not is_done(tmp_path, "b.jpg", "k")


def test_a_changed_record_is_refused(tmp_path):
    write(tmp_path, make_crack(10, 20, width_px=3, length_px=100))
    record = tmp_path / "parts/a.jpg.json"
    record.write_text(record.read_text().replace('"length_px": 100.0', '"length_px": 1.0'))
    assert not is_done(tmp_path, "a.jpg", "k")
    with pytest.raises(DamagedError):
        write_tables(tmp_path, ["a.jpg"])


def test_changed_stations_are_refused(tmp_path):
    write(tmp_path, make_crack(10, 20, width_px=3, length_px=100))
    (tmp_path / "parts/a.jpg.parquet").write_bytes(b"")
    assert not is_done(tmp_path, "a.jpg", "k")
    with pytest.raises(DamagedError, match="parquet"):
        write_tables(tmp_path, ["a.jpg"])


def test_masks_alone_are_written(tmp_path):
    measurement = measure_bars(make_crack(10, 20, width_px=3, length_px=100))
    object.__setattr__(measurement, "measured", None)
    write_photo(measurement, tmp_path, key="k", sha256="0")
    photos, cracks = write_tables(tmp_path, ["photo.jpg"])
    written = {path.name for path in tmp_path.iterdir()}
    assert written == {"masks", "parts", "photos.csv"}
    assert len(cracks) == 0
    assert photos["cracks"].isna().all()
