import json
import logging
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from kedro_datasets.json import JSONDataset
from kedro_datasets.matplotlib import MatplotlibDataset
from kedro_datasets.pandas import CSVDataset, ParquetDataset

from crack_pipeline.errors import ParameterError, SourceError, SplitError
from crack_pipeline.images.reading import read_image
from crack_pipeline.ingestion.results import ResultStore
from crack_pipeline.manifest import require_for_task, validate_manifest
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.pipelines.ingest import create_pipeline
from crack_pipeline.pipelines.ingest.nodes import REPORT_FILE
from crack_pipeline.pipelines.ingest.params import IngestionParams

RUN_IN_A_PROCESS = """
import sys
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from crack_pipeline.pipelines.ingest import create_pipeline
from crack_pipeline.pipelines.ingest.params import IngestionParams

params = IngestionParams(
    raw_path="raw",
    checks_path="checks",
    primary_path="primary",
    sample={"n_photos": 6, "width_px": 96, "height_px": 96},
    parallel={"n_jobs": 1},
)
catalog = DataCatalog(
    {"params:ingestion": MemoryDataset(params), "params:dataset": MemoryDataset("tiny")}
)
SequentialRunner().run(create_pipeline(), catalog)
print("loaded:", sorted({"tensorflow", "keras", "mlflow", "distributed"} & set(sys.modules)))
"""
CONF = Path(__file__).parents[3] / "conf" / "base"


def run(n_photos: int = 18, **values) -> dict:
    """Run the pipeline in the working directory; its outputs by name."""
    params = IngestionParams(
        raw_path="raw",
        checks_path="checks",
        primary_path="primary",
        review_path="review.csv",
        sample={"n_photos": n_photos, "width_px": 160, "height_px": 120},
        sheet_photos=2,
        **{"parallel": {"n_jobs": 1}, **values},
    )
    catalog = DataCatalog(
        {
            "params:ingestion": MemoryDataset(params),
            "params:dataset": MemoryDataset("tiny"),
            "manifest": ParquetDataset(filepath="manifest.parquet"),
            "ingestion_report": JSONDataset(filepath="ingestion.json"),
            "mask_repairs": CSVDataset(filepath="repairs.csv", save_args={"index": False}),
            "manifest_sheet": MatplotlibDataset(filepath="sheet.png"),
        }
    )
    SequentialRunner().run(create_pipeline(), catalog)
    return {name: catalog.load(name) for name in ("manifest", "ingestion_report", "mask_repairs")}


@pytest.fixture
def work(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def decide(work, *rows) -> None:
    lines = ["image_id,action,score,reason", *(",".join(row) for row in rows)]
    (work / "review.csv").write_text("\n".join(lines))


def test_node_names_are_those_of_their_functions():
    pipeline = create_pipeline()
    assert pipeline.inputs() == {"params:ingestion", "params:dataset"}
    assert pipeline.outputs() == {"ingestion_report", "mask_repairs", "manifest_sheet"}
    assert {node.name for node in pipeline.nodes} == {node.func.__name__ for node in pipeline.nodes}


def test_the_sample_becomes_a_manifest_fit_for_both_tasks(work):
    outputs = run()
    manifest = validate_manifest(outputs["manifest"])
    assert len(manifest) == outputs["ingestion_report"]["usable"] == 18
    assert manifest["split"].value_counts().to_dict() == {"train": 12, "validation": 3, "test": 3}
    for task in ("segmentation", "classification"):
        require_for_task(manifest, task)
    assert read_image(work / "sheet.png").shape[0] > 100
    assert list(outputs["mask_repairs"].columns)[:3] == ["image_id", "action", "what"]


def test_licence_and_citation_stay_with_the_manifest_and_the_report(work):
    outputs = run()
    kept = pd.read_parquet("manifest.parquet").attrs
    assert kept["source"] == "synthetic"
    assert set(kept) == {"source", "title", "licence", "citation", "homepage"}
    assert kept["licence"] == outputs["ingestion_report"]["licence"] != ""


def test_a_second_run_makes_nothing_again(work, monkeypatch):
    first = run()
    sheet = (work / "sheet.png").read_bytes()
    stage = "crack_pipeline.pipelines.ingest"

    def refuse(*_, **__):
        raise AssertionError("made again")

    for name in ("list_photos", "check_listing", "group_checked", "divide_grouped"):
        monkeypatch.setattr(f"{stage}.nodes.{name}", refuse)
    for name in ("build_manifest", "report_manifest", "draw_manifest_sheet", "repair_table"):
        monkeypatch.setattr(f"{stage}.nodes.{name}", refuse)
    second = run()
    pd.testing.assert_frame_equal(second["manifest"], first["manifest"])
    assert second["ingestion_report"] == first["ingestion_report"]
    assert (work / "sheet.png").read_bytes() == sheet


@pytest.mark.parametrize(
    "name", ["listing.parquet", "checked.parquet", "grouped.parquet", "manifest.parquet"]
)
def test_a_damaged_result_is_made_again(work, name):
    first = run()
    path = work / "checks" / "results" / name
    path.write_bytes(path.read_bytes()[:-100])
    pd.testing.assert_frame_equal(run()["manifest"], first["manifest"])


def test_changed_settings_and_files_are_noticed(work):
    first = run()
    assert not run(splitting={"seed": 1})["manifest"]["split"].equals(first["manifest"]["split"])
    folds = run(splitting={"folds": 3})["manifest"]
    assert folds.loc[folds["split"] != "test", "fold"].value_counts().tolist() == [5, 5, 5]
    assert folds.loc[folds["split"] == "test", "fold"].isna().all()


def test_a_changed_photo_is_noticed(work):
    photos = [Path(path) for path in run()["manifest"]["image_path"]]
    for number, photo in enumerate(photos):
        folder = work / "photos" / ("Positive" if number % 2 else "Negative")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(photo, folder)
    assert run(source="class_folders", path="photos")["ingestion_report"]["set_aside"] == 0
    changed = next((work / "photos" / "Positive").iterdir())
    changed.write_bytes(changed.read_bytes()[:500])
    assert run(source="class_folders", path="photos")["ingestion_report"]["set_aside"] == 1


def write_own_photos(work) -> Path:
    """Copies of the sample: photos in one folder, a CSV and the masks in another."""
    rows = run()["manifest"]
    for name in ("photos", "labels"):
        (work / name).mkdir()
    lines = ["image,mask"]
    for photo, mask in zip(rows["image_path"], rows["mask_path"], strict=True):
        shutil.copy(photo, work / "photos")
        shutil.copy(mask, work / "labels" / f"m{Path(mask).name}")
        lines.append(f"{Path(photo).name},m{Path(mask).name}")
    (work / "labels" / "mine.csv").write_text("\n".join(lines))
    return work / "labels"


def test_masks_beside_a_csv_outside_the_photo_folder_are_watched(work):
    labels = write_own_photos(work)
    own = {"source": "folder", "path": "photos", "labels": "labels/mine.csv"}
    own["unpaired"] = "set_aside"
    assert run(**own)["ingestion_report"]["set_aside"] == 0
    mask = sorted(labels.glob("*.png"))[0]
    whole = mask.read_bytes()
    mask.write_bytes(whole[:-40])
    assert run(**own)["ingestion_report"]["set_aside"] == 1
    mask.unlink()
    gone = run(**own)["ingestion_report"]
    assert list(gone["set_aside_by_reason"]) == ["image without mask"]
    mask.write_bytes(whole)
    assert run(**own)["ingestion_report"]["set_aside"] == 0


class Killed(BaseException):
    """The process ends here."""


def test_thumbnails_that_a_killed_run_left_are_not_taken_for_those_of_another_listing(
    work, monkeypatch
):
    for number, photo in enumerate(run()["manifest"]["image_path"]):
        folder = work / "photos" / ("Positive" if number % 2 else "Negative")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy2(photo, folder / f"{number:02d}.png")
    copy = work / "photos" / "Negative" / "00_copy.png"
    shutil.copy2(work / "photos" / "Negative" / "00.png", copy)
    own = {"source": "class_folders", "path": "photos"}
    run(**own)
    copy.rename(work / "aside.png")
    keep = ResultStore.keep

    def be_killed(store, name, *rest):
        if name == "checked.parquet":
            raise Killed
        return keep(store, name, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(ResultStore, "keep", be_killed)
        with pytest.raises(Killed):
            run(**own)
    (work / "aside.png").rename(copy)
    settings = {"duplicates": {"max_hash_distance": 12, "min_correlation": 0.5}}
    after = run(**own, **settings)["manifest"]
    shutil.rmtree(work / "checks")
    pd.testing.assert_frame_equal(after, run(**own, **settings)["manifest"])


def test_decisions_of_the_review_list_hold_at_the_next_run(work):
    before = run()["manifest"].set_index("image_id")
    cracked = before.index[before["label"] == 1]
    decide(work, (cracked[0], "leave_out", "0.1", "blurred"), (cracked[1], "no_crack", "", ""))
    after = run()["manifest"].set_index("image_id")
    assert after.loc[cracked[0], "reason"] == "left out by the review list: blurred"
    assert pd.isna(after.loc[cracked[0], "split"])
    emptied = after.loc[cracked[1]]
    assert emptied["label"] == 0
    assert not read_mask(Path(emptied["mask_path"])).any()
    assert read_mask(Path(emptied["raw_mask_path"])).any()
    assert "label_from_review" in emptied["mended"]
    decide(work)
    pd.testing.assert_frame_equal(run()["manifest"].set_index("image_id"), before)


@pytest.mark.parametrize("action", ["leave_out", "no_crack"])
def test_decisions_about_photos_that_are_not_there_are_refused(work, action):
    run()
    decide(work, ("sample_00001", action, "", ""))
    with pytest.raises(ParameterError, match="Did you mean sample_0001"):
        run()


def test_decisions_move_no_other_photo_to_another_part(work):
    folds = {"splitting": {"folds": 3}}
    before = run(40, **folds)["manifest"].set_index("image_id")
    cracked = before.index[before["label"] == 1]
    decide(
        work,
        (cracked[0], "leave_out", "", ""),
        (cracked[3], "leave_out", "", ""),
        (cracked[5], "no_crack", "", ""),
    )
    after = run(40, **folds)["manifest"].set_index("image_id")
    gone = [cracked[0], cracked[3]]
    assert after.loc[gone, ["split", "fold"]].isna().all(axis=None)
    assert after.loc[cracked[5], "label"] == 0
    pd.testing.assert_frame_equal(
        after.drop(gone)[["split", "fold"]], before.drop(gone)[["split", "fold"]]
    )


def test_the_report_is_written_before_a_problem_ends_the_run(work, caplog):
    with pytest.raises(SplitError, match="at least one group"):
        run(2)
    report = json.loads((work / "ingestion.json").read_text())
    assert report["problem"].startswith("Each of train, validation, test")
    assert report["usable"] == 2
    assert not (work / "manifest.parquet").exists()
    with pytest.raises(SplitError, match="at least one group"):
        run(2)  # a problem that was kept is told again


def test_reasons_are_written_before_the_run_ends_without_any_photo(work, caplog):
    (work / "photos" / "Positive").mkdir(parents=True)
    (work / "photos" / "Negative").mkdir()
    for number in range(3):
        (work / "photos" / "Positive" / f"{number}.jpg").touch()
    with pytest.raises(SourceError, match="3 files, all set aside"), caplog.at_level(logging.INFO):
        run(source="class_folders", path="photos")
    report = json.loads((work / "ingestion.json").read_text())
    assert report["set_aside_files"]["Positive/1"] == "zero bytes"
    assert "data/08_reporting/tiny/ingestion.json names them all" in caplog.text
    assert "First: Positive/0: zero bytes" in caplog.text


def test_the_warning_names_the_file_that_the_catalog_writes():
    text = (CONF / "catalog_08_reporting.yml").read_text(encoding="utf-8")
    catalog = yaml.safe_load(text)
    folder = catalog["_dataset_reports"].replace("${globals:dataset}", "{dataset}")
    path = catalog["ingestion_report"]["filepath"].replace("${_dataset_reports}", folder)
    assert path == REPORT_FILE


def test_ingestion_never_imports_tensorflow(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", RUN_IN_A_PROCESS],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "loaded: []"
