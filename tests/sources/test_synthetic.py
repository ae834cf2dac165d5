"""The drawn sample: files, markers, resuming, listing."""

import csv
import errno
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from crack_pipeline.errors import LayoutError, StorageError
from crack_pipeline.sources import synthetic
from crack_pipeline.sources.synthetic import (
    SampleSettings,
    draw_sample,
    list_sample,
    read_truth,
)

SMALL = SampleSettings(n_photos=6, width_px=128, height_px=96, seed=3)


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    draw_sample(folder, SMALL, n_jobs=1)
    return folder


@pytest.fixture
def refuse_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("nothing should be drawn")

    monkeypatch.setattr(synthetic, "draw_photo", refuse)


def test_draws_each_photo_with_mask_and_truth(drawn: Path) -> None:
    names = {f"sample_{index:04d}" for index in range(6)}
    for kind, suffix in {"images": ".jpg", "masks": ".png", "truth": ".npz"}.items():
        assert {path.stem for path in (drawn / kind).glob(f"*{suffix}")} == names
    assert {path.name for path in drawn.iterdir()} == {
        *("images", "masks", "truth", "sample.csv", "sample.json")
    }


def test_photos_and_masks_have_the_size_asked_for(drawn: Path) -> None:
    for listed in list_sample(drawn):
        image = cv2.imread(str(listed.image_path), cv2.IMREAD_UNCHANGED)
        mask = cv2.imread(str(listed.mask_path), cv2.IMREAD_UNCHANGED)
        assert image.shape == (96, 128, 3)
        assert mask.shape == (96, 128)
        assert set(np.unique(mask)) <= {0, 255}


def test_the_surface_is_listed_in_words(drawn: Path) -> None:
    with (drawn / "sample.csv").open(newline="") as file:
        drawn_on = {row["id"]: row["surface"] for row in csv.DictReader(file)}
    listed = {photo.image_id: photo.surface for photo in list_sample(drawn)}
    assert listed == {name: surface.replace("_", " ") for name, surface in drawn_on.items()}


def test_a_third_of_the_photos_has_neither_mask_nor_truth(drawn: Path) -> None:
    listed = list_sample(drawn)
    assert sum(photo.label == 0 for photo in listed) == 2
    for photo in listed:
        mask = cv2.imread(str(photo.mask_path), cv2.IMREAD_UNCHANGED)
        truth = read_truth(drawn / "truth" / f"{photo.image_id}.npz")
        assert bool(mask.any()) == bool(len(truth.points_px)) == bool(photo.label)


@pytest.mark.parametrize(
    ("n_photos", "share", "cracked"), [(180, 2 / 3, 120), (7, 0, 0), (7, 1, 7)]
)
def test_share_of_cracked_photos_is_exact(n_photos: int, share: float, cracked: int) -> None:
    plans = [synthetic.plan_photo(0, index, crack_share=share) for index in range(n_photos)]
    assert sum(plan.has_crack for plan in plans) == cracked


def test_same_seed_gives_the_same_bytes(drawn: Path, tmp_path: Path) -> None:
    draw_sample(tmp_path, SMALL, n_jobs=1)
    assert contents(tmp_path) == contents(drawn)


def test_processes_draw_the_same_bytes(drawn: Path, tmp_path: Path) -> None:
    many = SMALL.model_copy(update={"n_photos": 10})
    draw_sample(tmp_path, many, n_jobs=2)
    ours, theirs = contents(tmp_path), contents(drawn)
    alike = [name for name in theirs if "/" in name]
    assert len(alike) == 18
    assert all(ours[name] == theirs[name] for name in alike)


def test_another_seed_gives_other_photos(drawn: Path, tmp_path: Path) -> None:
    draw_sample(tmp_path, SMALL.model_copy(update={"seed": 4}), n_jobs=1)
    ours, theirs = contents(tmp_path), contents(drawn)
    assert all(ours[name] != theirs[name] for name in ours if name.startswith("images/"))


@pytest.mark.usefixtures("refuse_drawing")
def test_a_finished_sample_is_not_drawn_again(drawn: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in drawn.rglob("*")}
    draw_sample(drawn, SMALL, n_jobs=1)
    assert {path: path.stat().st_mtime_ns for path in drawn.rglob("*")} == before


def test_removed_files_are_drawn_again_alike(drawn: Path) -> None:
    before = contents(drawn)
    (drawn / "images" / "sample_0002.jpg").unlink()
    (drawn / "truth" / "sample_0004.npz").unlink()
    draw_sample(drawn, SMALL, n_jobs=1)
    assert contents(drawn) == before


def test_an_interrupted_drawing_goes_on(
    drawn: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = synthetic.draw_photo
    asked: list[int] = []

    def stop_at_the_fourth(plan: synthetic.PhotoPlan, shape: tuple[int, int]) -> object:
        asked.append(plan.index)
        if len(asked) == 4:
            raise KeyboardInterrupt
        return draw(plan, shape)

    monkeypatch.setattr(synthetic, "draw_photo", stop_at_the_fourth)
    with pytest.raises(KeyboardInterrupt):
        draw_sample(tmp_path, SMALL, n_jobs=1)
    assert not (tmp_path / "sample.json").exists()
    draw_sample(tmp_path, SMALL, n_jobs=1)
    assert asked == [0, 1, 2, 3, 3, 4, 5]
    assert contents(tmp_path) == contents(drawn)


def test_other_settings_draw_all_anew_and_leave_foreign_files(tmp_path: Path) -> None:
    draw_sample(tmp_path, SMALL, n_jobs=1)
    (tmp_path / "images" / "mine.jpg").write_bytes(b"mine")
    fewer = SMALL.model_copy(update={"n_photos": 2, "seed": 9})
    before = contents(tmp_path)
    draw_sample(tmp_path, fewer, n_jobs=1)
    after = contents(tmp_path)
    assert {path.name for path in (tmp_path / "images").iterdir()} == {
        *("mine.jpg", "sample_0000.jpg", "sample_0001.jpg")
    }
    assert after["images/sample_0000.jpg"] != before["images/sample_0000.jpg"]
    assert json.loads(after["sample.json"])["settings"]["n_photos"] == 2


def test_another_version_draws_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = SMALL.model_copy(update={"n_photos": 1})
    draw_sample(tmp_path, one, n_jobs=1)
    (tmp_path / "images" / "sample_0000.jpg").write_bytes(b"old")
    monkeypatch.setattr(synthetic, "DRAWING_VERSION", -1)
    draw_sample(tmp_path, one, n_jobs=1)
    assert (tmp_path / "images" / "sample_0000.jpg").read_bytes() != b"old"


def test_table_says_what_was_drawn(drawn: Path) -> None:
    with (drawn / "sample.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == [f"sample_{index:04d}" for index in range(6)]
    for row in rows:
        with np.load(drawn / "truth" / f"{row['id']}.npz") as truth:
            assert str(truth["surface"]) == row["surface"]
            assert ";".join(truth["distractors"]) == row["distractors"]


def test_listing_names_photos_masks_and_labels(drawn: Path) -> None:
    listed = list_sample(drawn)
    assert [photo.image_id for photo in listed] == [f"sample_{index:04d}" for index in range(6)]
    assert all(photo.image_path.is_file() for photo in listed)
    assert all(photo.mask_path is not None and photo.mask_path.is_file() for photo in listed)
    assert all(photo.photo_id == photo.image_id and photo.split is None for photo in listed)


@pytest.mark.parametrize("table", [None, "no,columns\n1,2\n"])
def test_listing_refuses_what_is_no_sample(tmp_path: Path, table: str | None) -> None:
    if table is not None:
        (tmp_path / "sample.json").write_text("{}")
        (tmp_path / "sample.csv").write_text(table)
    with pytest.raises(LayoutError, match="to draw it"):
        list_sample(tmp_path)


def test_reading_truth_refuses_other_files(tmp_path: Path) -> None:
    (tmp_path / "truth.npz").write_bytes(b"nothing")
    with pytest.raises(LayoutError, match="to draw it again"):
        read_truth(tmp_path / "truth.npz")


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="choose another"):
        draw_sample(tmp_path / "file", SMALL, n_jobs=1)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_full_disk_is_explained_and_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_jobs: int
) -> None:
    def fill(self: Path, content: bytes) -> int:
        if self.suffix == ".jpg":
            self.touch()
            raise OSError(errno.ENOSPC, "No space left on device")
        with self.open("wb") as file:
            return file.write(content)

    monkeypatch.setattr(Path, "write_bytes", fill)
    with pytest.raises(StorageError, match="disk full"):
        draw_sample(tmp_path, SMALL, n_jobs=n_jobs)
    assert not list((tmp_path / "images").iterdir())
    assert not (tmp_path / "sample.json").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"n_photos": 0},
        {"crack_share": 1.1},
        {"seed": -1},
        {"width_px": 8},
        {"jpeg_quality_min": 96},
        {"n_foto": 3},
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        SampleSettings.model_validate(wrong)


@pytest.mark.parametrize("content", [b"", b"id,surface\n", None])
def test_a_table_that_was_changed_is_written_again(drawn: Path, content: bytes | None) -> None:
    whole = (drawn / synthetic.TABLE).read_bytes()
    (drawn / synthetic.TABLE).unlink()
    if content is not None:
        (drawn / synthetic.TABLE).write_bytes(content)
    draw_sample(drawn, SMALL, n_jobs=1)
    assert (drawn / synthetic.TABLE).read_bytes() == whole
