"""Folders of photos from beginning to end, with a network that takes dark for crack."""

import errno
import json
import weakref
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from tests.inspection.dark_model import (
    LABELS,
    CountingNetwork,
    draw_photo,
    make_bundle,
    settings_of,
)

from crack_pipeline.errors import ParameterError, SourceError, StorageError
from crack_pipeline.inspection import photo_work
from crack_pipeline.inspection.photo_work import PhotoWork, predict_on_worker
from crack_pipeline.inspection.running import predict_folder
from crack_pipeline.locks import lock_file, release_file

ODD = ["Süd seite/Brücke 'a' \"b\".png", "=cmd|calc.png", "<script>alert(1)<script>.png"]


@pytest.fixture
def photos(tmp_path):
    """Three photos, two of one name."""
    folder = tmp_path / "photos"
    for name in ("a.png", "north/a.png", "z.png"):
        draw_photo(folder / name)
    return folder


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def table(out, name):
    return pd.read_csv(out / f"{name}.csv", encoding="utf-8-sig")


def test_each_photo_has_its_files_and_rows(photos, out):
    found = predict_folder(make_bundle(), settings_of(photos, out, mm_per_px=0.5))
    assert list(table(out, "photos")["photo"]) == ["a.png", "z.png", "north/a.png"]
    cracks = table(out, "cracks")
    assert len(cracks) == 3
    assert cracks["crack_id"].is_unique
    assert cracks["mean_width_mm"].to_list() == pytest.approx([2.0] * 3, abs=0.05)
    for file in ("masks/north/a.png.png", "overlays/a.png.jpg", "report.html", "coco.json"):
        assert (out / file).is_file(), file
    assert "3 photos done" in found.summarize()
    assert len(found.summarize().splitlines()) <= 12
    found.require_whole()


def test_without_scale_all_figures_are_in_px_and_it_is_said(photos, out, caplog):
    found = predict_folder(make_bundle(), settings_of(photos, out))
    assert "all figures are in px" in caplog.text
    assert "--mm-per-px" in found.summarize()
    cracks = table(out, "cracks")
    assert cracks["mean_width_px"].notna().all()
    assert cracks["mean_width_mm"].isna().all()


def test_one_bad_photo_is_named_and_stops_no_other(photos, out):
    (photos / "m.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut off")
    found = predict_folder(make_bundle(), settings_of(photos, out))
    rows = table(out, "photos").set_index("photo")
    assert rows["status"].to_dict() == {
        "a.png": "done",
        "m.jpg": "failed",
        "z.png": "done",
        "north/a.png": "done",
    }
    assert "truncated" in rows.loc["m.jpg", "reason"]
    with pytest.raises(SourceError, match=r"1 photo of 4 failed: m\.jpg \(truncated"):
        found.require_whole()


def test_names_become_neither_formulas_nor_script(tmp_path, out):
    for name in ODD:
        draw_photo(tmp_path / "odd" / name)
    predict_folder(make_bundle(), settings_of(tmp_path / "odd", out))
    assert (out / "photos.csv").read_text("utf-8-sig").count("'=cmd|calc.png") == 1
    assert "<script>alert" not in (out / "report.html").read_text("utf-8")
    assert len(list((out / "masks").rglob("*.png"))) == 3


def test_columns_of_a_csv_stand_in_both_tables(photos, out, tmp_path):
    sheet = tmp_path / "elements.csv"
    sheet.write_text("photo;element\nnorth/a.png;=pier 3\n", encoding="utf-8")
    settings = settings_of(photos, out, mm_per_px=0.5, metadata=sheet)
    predict_folder(make_bundle(), settings)
    for name in ("photos", "cracks"):
        assert table(out, name).set_index("photo").loc["north/a.png", "element"] == "'=pier 3"
    assert "=pier 3" in (out / "report.html").read_text("utf-8")


class TestTakenUpAgain:
    def batches(self, photos, out, *, threshold=0.5, **params):
        network = CountingNetwork()
        bundle = make_bundle(network, threshold=threshold)
        predict_folder(bundle, settings_of(photos, out, **{"measure": False, **params}))
        return network.batches

    def test_what_is_done_is_not_done_again(self, photos, out):
        assert self.batches(photos, out, measure=True) == 3
        before = (out / "cracks.csv").read_bytes()
        assert self.batches(photos, out, measure=True) == 0
        assert (out / "cracks.csv").read_bytes() == before

    def test_other_content_model_or_settings_are_done_again(self, photos, out):
        self.batches(photos, out)
        draw_photo(photos / "a.png", row=30)
        assert self.batches(photos, out) == 1
        assert self.batches(photos, out, threshold=0.6) == 3
        assert self.batches(photos, out, threshold=0.6, mm_per_px=0.5) == 3
        assert self.batches(photos, out, threshold=0.6, mm_per_px=0.5, track=False) == 0

    def test_a_file_that_is_there_does_not_make_a_photo_done(self, photos, out):
        self.batches(photos, out)
        (out / "masks" / "a.png.png").unlink()
        (out / "parts" / "z.png.json").write_text("{}")
        assert self.batches(photos, out) == 2

    def test_a_photo_that_is_gone_leaves_the_tables(self, photos, out):
        self.batches(photos, out)
        (photos / "z.png").unlink()
        assert self.batches(photos, out) == 0
        assert set(table(out, "photos")["photo"]) == {"a.png", "north/a.png"}

    def test_an_interrupted_one_goes_on(self, photos, out):
        def interrupt():
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            stopped = make_bundle(CountingNetwork(at=3, do=interrupt))
            predict_folder(stopped, settings_of(photos, out, measure=False))
        assert self.batches(photos, out) == 1


def test_a_fault_of_the_program_costs_one_photo(photos, out, caplog):
    def fail():
        raise ZeroDivisionError("a bug")

    bundle = make_bundle(CountingNetwork(at=2, do=fail))
    predict_folder(bundle, settings_of(photos, out, measure=False))
    rows = table(out, "photos")
    assert rows["status"].to_list() == ["done", "failed", "done"]
    assert "a bug" in rows["reason"][1]
    assert "Traceback" in caplog.text


def test_probabilities_that_are_not_finite_are_named(photos, out):
    network = CountingNetwork()
    network.predict_on_batch = lambda batch: np.full((*batch.shape[:3], 1), np.nan, np.float32)
    predict_folder(make_bundle(network), settings_of(photos, out))
    assert table(out, "photos")["reason"].str.contains("values are not").all()


def test_photos_smaller_than_a_tile_and_bare_and_full_masks(tmp_path, out):
    photos = tmp_path / "small"
    draw_photo(photos / "bar.png", row=1, side=9)
    for name, level in (("bare.png", 250), ("full.png", 0)):
        draw_photo(photos / name).write_bytes(_encode(np.full((50, 60, 3), level, np.uint8)))
    predict_folder(make_bundle(), settings_of(photos, out, mm_per_px=1.0)).require_whole()
    shares = table(out, "photos").set_index("photo")["crack_area_share"]
    assert shares["bare.png"] == 0.0
    assert shares["full.png"] == 1.0


def _encode(photo):
    return cv2.imencode(".png", photo)[1].tobytes()


def test_a_full_disk_is_told_and_leaves_nothing_half_written(photos, out, monkeypatch):
    write = Path.write_bytes

    def fill(path, content):
        if path.suffix == ".jpg":
            write(path, content[:10])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, content)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", fill)
        with pytest.raises(StorageError, match="disk full"):
            predict_folder(make_bundle(), settings_of(photos, out))
    assert not list(out.rglob("*.unfinished*"))
    assert not list(out.rglob("*.jpg"))
    predict_folder(make_bundle(), settings_of(photos, out)).require_whole()


def test_one_process_at_a_time_writes_there(photos, out):
    out.mkdir()
    lock = lock_file(out / ".lock")
    settings = settings_of(photos, out, measure=False)
    with pytest.raises(StorageError, match="One process at a time"):
        predict_folder(make_bundle(), settings)
    release_file(out / ".lock", lock)
    predict_folder(make_bundle(), settings)


def test_a_folder_with_other_content_is_left_alone(photos, out, tmp_path):
    out.mkdir()
    (out / "thesis.tex").touch()
    with pytest.raises(ParameterError, match="holds other files"):
        predict_folder(make_bundle(), settings_of(photos, out))
    own, other = tmp_path / "own", tmp_path / "other photos"
    predict_folder(make_bundle(), settings_of(photos, own, measure=False))
    draw_photo(other / "a.png")
    with pytest.raises(ParameterError, match="belongs to one folder of photos"):
        predict_folder(make_bundle(), settings_of(other, own))


def test_masks_alone_are_written_without_tables_of_cracks(photos, out):
    predict_folder(make_bundle(), settings_of(photos, out))
    found = predict_folder(make_bundle(), settings_of(photos, out, measure=False))
    assert not any((out / name).exists() for name in ("cracks.csv", "coco.json", "report.html"))
    assert len(list((out / "masks").rglob("*.png"))) == 3
    assert "Cracks" not in found.summarize()


def test_a_classifier_labels_photos_and_shows_where(photos, out):
    draw_photo(photos / "bare.png").write_bytes(_encode(np.full((64, 64, 3), 250, np.uint8)))
    found = predict_folder(make_bundle(info=LABELS), settings_of(photos, out))
    assert "Called cracked: 3" in found.summarize()
    assert found.count() == {"photos": 4, "failed_photos": 0, "cracked_photos": 3}
    rows = table(out, "photos").set_index("photo")
    assert rows.loc["a.png", "label"] == "crack"
    assert rows.loc["bare.png", "label"] == "no crack"
    assert rows.loc["bare.png", "probability"] == pytest.approx(5 / 255, abs=1e-4)
    assert (out / "overlays" / "a.png.jpg").is_file()
    assert not (out / "cracks.csv").exists()
    assert not (out / "masks").exists()


@pytest.mark.parametrize(("huge_px", "most"), [(10**9, 3), (100, 1)])
def test_few_photos_are_in_memory(photos, out, monkeypatch, huge_px, most):
    for number in range(5):
        draw_photo(photos / f"more {number}.png")
    pixels, seen = [], []
    read = PhotoWork.read

    def watch(work, name):
        photo = read(work, name)
        pixels.append(weakref.ref(photo.pixels))
        seen.append(sum(one() is not None for one in pixels))
        return photo

    monkeypatch.setattr(PhotoWork, "read", watch)
    monkeypatch.setattr(photo_work, "_HUGE_PX", huge_px)
    predict_folder(make_bundle(), settings_of(photos, out, measure=False))
    assert len(seen) == 8
    assert max(seen) <= most


def test_a_worker_loads_the_model_once(photos, out, monkeypatch):
    monkeypatch.setattr(photo_work, "_on_this_worker", {})
    settings = settings_of(photos, out)
    out.mkdir()
    files = {name: photos / name for name in ("a.png", "z.png")}
    networks = [CountingNetwork(), CountingNetwork()]
    for name, network in zip(files, networks, strict=True):
        predict_on_worker(name, PhotoWork(make_bundle(network), settings, files))
    assert [network.batches for network in networks] == [2, 0]
    for name in files:
        record = json.loads((out / "parts" / f"{name}.json").read_text())
        assert record["photo"]["status"] == "done"
