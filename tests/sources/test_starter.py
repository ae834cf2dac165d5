"""The starter's data: what is drawn, what is listed, and bad input."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from crack_pipeline.errors import LayoutError, ParameterError, SourceError
from crack_pipeline.sources import starter
from crack_pipeline.sources.starter import (
    ESTIMATED,
    StarterSettings,
    draw_starter,
    find_coverage,
    list_starter,
)
from crack_pipeline.tiles.cutting import require_tiles_fit
from crack_pipeline.tiles.settings import TileSettings

SETTINGS = StarterSettings(composites=4, drawn=1, crack_free=3, cracked=2, seed=1)


@pytest.fixture(scope="module", autouse=True)
def small_photos() -> object:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(starter, "_SIZE", (64, 96))
        yield


@pytest.fixture(scope="module")
def metu(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("metu")
    rng = np.random.default_rng(0)
    for kind, count in {"Negative": 5, "Positive": 2}.items():
        (folder / kind).mkdir()
        for index in range(count):
            patch = rng.normal(170, 4, (227, 227, 1)).repeat(3, axis=2).astype(np.uint8)
            if kind == "Positive" and index == 0:  # the other one shows nothing: it is in doubt
                patch[:, 100:110] = 30
            assert cv2.imwrite(str(folder / kind / f"{index:05d}.jpg"), patch)
    return folder


@pytest.fixture(scope="module")
def drawn(metu: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("starter")
    draw_starter(folder, metu, SETTINGS, n_jobs=1)
    return folder


def _contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def _write_sdnet2018(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(folder / name), np.full((64, 64, 3), 150, np.uint8))


def _copy(drawn: Path, folder: Path) -> Path:
    for name, content in _contents(drawn).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def test_a_composite_bears_the_photo_of_its_patch(drawn: Path) -> None:
    listed = list_starter(drawn)
    patches = {one.photo_id for one in listed if one.mask_format == "empty"}
    composites = [one for one in listed if one.image_id.startswith("composites/")]
    assert len(composites) == 4
    assert {one.photo_id for one in composites} <= patches
    assert all(one.label is None and one.mask_path for one in composites)


def test_only_a_clear_crack_gets_an_estimated_mask(drawn: Path) -> None:
    estimated = [one for one in list_starter(drawn) if one.noted == ESTIMATED]
    assert [one.image_path.name for one in estimated] == ["00000.jpg"]
    assert estimated[0].label == 1
    assert find_coverage(Path(str(estimated[0].mask_path))) is None


def test_the_coverage_lies_beside_a_drawn_mask(drawn: Path) -> None:
    mask = drawn / "composites" / "masks" / "00000.png"
    assert find_coverage(mask) == drawn / "composites" / "coverage" / "00000.png"
    assert find_coverage(mask.with_name("99999.png")) is None


def test_unfinished_drawing_goes_on_and_gives_equal_bytes(
    drawn: Path, metu: Path, tmp_path: Path
) -> None:
    folder = _copy(drawn, tmp_path)
    (folder / "starter.json").rename(folder / "unfinished.json")
    (folder / "starter.csv").unlink()
    (folder / "composites" / "masks" / "00002.png").unlink()
    (folder / "drawn" / "images" / "00000.jpg").unlink()
    (folder / "drawn" / "masks" / "00000.png").unlink()
    draw_starter(folder, metu, SETTINGS, n_jobs=1)
    again, first = _contents(folder), _contents(drawn)
    tables = (again.pop("starter.csv"), first.pop("starter.csv"))
    assert again == first
    assert tables[0].replace(bytes(folder), b"") == tables[1].replace(bytes(drawn), b"")


def test_nothing_is_drawn_again(drawn: Path, metu: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("nothing should be drawn")

    monkeypatch.setattr(starter, "draw_composite", refuse)
    monkeypatch.setattr(starter, "label_patch", refuse)
    before = _contents(drawn)
    draw_starter(drawn, metu, SETTINGS, n_jobs=1)
    assert _contents(drawn) == before


def test_other_settings_draw_anew_and_remove_only_what_was_drawn(
    drawn: Path, metu: Path, tmp_path: Path
) -> None:
    folder = _copy(drawn, tmp_path)
    own = (folder / "notes.txt", folder / "composites" / "images" / "own.txt")
    for path in own:
        path.write_text("mine")
    fewer = SETTINGS.model_copy(update={"composites": 2, "drawn": 0, "cracked": 0})
    draw_starter(folder, metu, fewer, n_jobs=1)
    assert [path.read_text() for path in own] == ["mine", "mine"]
    assert len(list((folder / "composites" / "masks").iterdir())) == 2
    assert not list((folder / "drawn" / "images").iterdir())
    assert not list((folder / "cracked" / "masks").iterdir())


def test_crack_free_pavements_of_sdnet2018_join(metu: Path, tmp_path: Path) -> None:
    source, folder = tmp_path / "sdnet", tmp_path / "starter"
    names = (
        "P/UP/7001-1",
        "P/CP/7002-1",
        "D/UD/7003-1",
        "D/CD/7004-1",
        "W/UW/7005-1",
        "W/CW/7006-1",
    )
    _write_sdnet2018(source, *(f"{name}.jpg" for name in names))
    settings = StarterSettings(composites=1, drawn=0, crack_free=9, cracked=0, sdnet2018=source)
    draw_starter(folder, metu, settings, n_jobs=1)
    joined = [one for one in list_starter(folder) if one.image_id.startswith("sdnet2018/")]
    assert {one.photo_id for one in joined} == {"sdnet2018/7001", "sdnet2018/7003"}


@pytest.mark.parametrize("kept", ["Positive", None])
def test_metu_without_crack_free_patches_is_refused(
    metu: Path, tmp_path: Path, kept: str | None
) -> None:
    folder = tmp_path / "metu"
    folder.mkdir()
    if kept:
        (folder / kept).mkdir()
        (folder / kept / "00000.jpg").write_bytes((metu / kept / "00000.jpg").read_bytes())
    with pytest.raises((SourceError, LayoutError)) as raised:
        draw_starter(tmp_path / "starter", folder, SETTINGS, n_jobs=1)
    assert "Negative" in str(raised.value)
    assert not (tmp_path / "starter" / "starter.json").exists()


def test_no_folder_of_metu_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="nowhere"):
        draw_starter(tmp_path / "starter", tmp_path / "nowhere", SETTINGS, n_jobs=1)


def test_sdnet2018_without_crack_free_pavements_is_refused(metu: Path, tmp_path: Path) -> None:
    _write_sdnet2018(tmp_path / "sdnet", "W/UW/7001-1.jpg", "W/CW/7002-1.jpg")
    settings = SETTINGS.model_copy(update={"sdnet2018": tmp_path / "sdnet"})
    with pytest.raises(SourceError, match="sdnet2018"):
        draw_starter(tmp_path / "starter", metu, settings, n_jobs=1)


@pytest.mark.parametrize("damage", ["no marker", "no column", "no table"])
def test_a_damaged_starter_is_not_listed(drawn: Path, tmp_path: Path, damage: str) -> None:
    folder = _copy(drawn, tmp_path)
    if damage == "no marker":
        (folder / "starter.json").unlink()
    elif damage == "no table":
        (folder / "starter.csv").unlink()
    else:
        pd.read_csv(folder / "starter.csv").drop(columns="photo_id").to_csv(folder / "starter.csv")
    with pytest.raises(LayoutError, match="kedro run --pipeline=ingest --env=starter"):
        list_starter(folder)


def test_patches_smaller_than_a_tile_are_refused_or_padded() -> None:
    patches = pd.DataFrame({"image_id": ["metu/00000"], "width_px": [227], "height_px": [227]})
    with pytest.raises(ParameterError, match="small_photos=pad"):
        require_tiles_fit(patches, TileSettings(tile_px=256, overlap_px=64))
    require_tiles_fit(patches, TileSettings(tile_px=256, overlap_px=64, small_photos="pad"))
