"""Each environment ingests a small copy of its data set in its real layout."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from kedro.config import OmegaConfigLoader
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from kedro_datasets.json import JSONDataset
from kedro_datasets.pandas import ParquetDataset
from tests.sources.layouts import (
    read_all,
    write_concrete_masks,
    write_crack500,
    write_deepcrack,
    write_folder,
    write_metu,
    write_sdnet2018,
)
from tests.sources.layouts_annotated import write_coco, write_crackforest, write_crackseg

from crack_pipeline.manifest import require_for_task, usable_rows, validate_manifest
from crack_pipeline.pipelines.ingest import create_pipeline
from crack_pipeline.pipelines.ingest.params import IngestionParams
from crack_pipeline.settings import CONFIG_LOADER_ARGS
from crack_pipeline.sources import SOURCES

CONF = Path(__file__).parents[1] / "conf"
WRITERS: dict[str, Callable[..., Any]] = {
    "metu": write_metu,
    "concrete_masks": write_concrete_masks,
    "crackseg": write_crackseg,
    "deepcrack": write_deepcrack,
    "crackforest": write_crackforest,
    "crack500": write_crack500,
    "sdnet2018": write_sdnet2018,
    "coco": write_coco,
    "folder": write_folder,
}


def _load(env: str) -> tuple[dict[str, Any], dict[str, Any]]:
    loader = OmegaConfigLoader(str(CONF), env=env, **CONFIG_LOADER_ARGS)
    return loader["globals"], loader["parameters"]


def _ingest(env: str, path: Path | None, **changes: Any) -> dict[str, Any]:
    names, parameters = _load(env)
    ingestion = {**parameters["ingestion"], "parallel": {"n_jobs": 1}, "sheet_photos": 2}
    params = IngestionParams.model_validate({**ingestion, "path": path, **changes})
    catalog = DataCatalog(
        {
            "params:ingestion": MemoryDataset(params),
            "params:dataset": MemoryDataset(names["dataset"]),
            "manifest": ParquetDataset(filepath="manifest.parquet"),
            "ingestion_report": JSONDataset(filepath="report.json"),
        }
    )
    outputs = SequentialRunner().run(create_pipeline(), catalog)
    loaded = {name: dataset.load() for name, dataset in outputs.items()}
    kept = {name: catalog.load(name) for name in ("manifest", "ingestion_report")}
    return {**loaded, **kept, "task": names["task"]}


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")


def test_each_source_that_others_publish_has_its_environment() -> None:
    own = {"synthetic", "starter", "class_folders", "paired_folders"}
    assert set(WRITERS) == set(SOURCES) - own
    for env in WRITERS:
        names, parameters = _load(env)
        assert names["dataset"] == env
        assert parameters["ingestion"]["source"] == env


def test_what_is_trained_on_drawn_photos_fits_the_recipe_that_starts_from_it() -> None:
    _, drawn = _load("pretraining")
    _, real = _load("deepcrack")
    for part in ("model", "augmentation", "preprocessing"):
        assert drawn[part]["segmentation"] == real[part]["segmentation"]
    _, sample = _load("base")
    assert drawn["ingestion"]["sample"]["seed"] != sample["ingestion"]["sample"]["seed"]


@pytest.mark.parametrize("env", WRITERS)
def test_environment_makes_a_manifest_that_its_task_can_learn_from(
    env: str, tmp_path: Path
) -> None:
    raw = tmp_path / "Größe und Maß 🌉"
    raw.mkdir()
    WRITERS[env](raw)
    before = read_all(raw)
    outputs = _ingest(env, raw)
    manifest = validate_manifest(outputs["manifest"])
    report = outputs["ingestion_report"]
    assert set(report["set_aside_by_reason"]) <= {"image without mask"}, "CrackForest has one"
    require_for_task(manifest, outputs["task"])
    assert 1 in set(usable_rows(manifest)["label"])
    assert manifest.attrs["licence"] == SOURCES[env].licence == report["licence"]
    assert "manifest_sheet" in outputs
    assert read_all(raw) == before, "nothing in the source's folder changes"
    assert manifest.groupby("group_id")["split"].nunique().max() == 1


@pytest.mark.parametrize("env", ["deepcrack", "sdnet2018", "crackforest", "concrete_masks"])
def test_environment_reads_the_same_from_an_archive(env: str, tmp_path: Path) -> None:
    raw = tmp_path / "copies" / "Data set-master"
    raw.mkdir(parents=True)
    WRITERS[env](raw)
    archive = Path(shutil.make_archive(str(tmp_path / "data"), "zip", raw.parent))
    from_folder = _ingest(env, raw)["manifest"]
    from_archive = _ingest(env, archive)["manifest"]
    places = ["image_path", "mask_path", "raw_mask_path"]
    pd.testing.assert_frame_equal(
        from_archive.drop(columns=places), from_folder.drop(columns=places)
    )
    placed = Path("data/01_raw") / env / archive.name
    placed.parent.mkdir(parents=True, exist_ok=True)
    archive.replace(placed)
    pd.testing.assert_frame_equal(
        _ingest(env, None)["manifest"].drop(columns=places), from_folder.drop(columns=places)
    )


@pytest.mark.parametrize("layout", ["classes", "labels", "photos"])
def test_ones_own_photos_need_no_masks(layout: str, tmp_path: Path) -> None:
    raw = tmp_path / "photos"
    raw.mkdir()
    write_folder(raw, layout=layout)
    manifest = _ingest("folder", raw)["manifest"]
    assert len(usable_rows(manifest)) == 12
    assert manifest["label"].isna().all() == (layout == "photos")
