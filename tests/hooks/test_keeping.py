import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crack_pipeline.hooks.keeping import KeptOutputs
from crack_pipeline.manifest import digest_manifest
from crack_pipeline.tracking.selection import RunParameters


class Listener:
    name, is_lost, viewing_command = "unet-tiny", False, "kedro mlflow ui"
    address = "http://127.0.0.1:5000/#/experiments/1"

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []

    def record_artifact(self, path: Path, place: str) -> None:
        self.heard.append((place, path.name))

    def record_metrics(self, metrics: dict[str, Any]) -> None:
        self.heard.append(("metrics", metrics))

    def record_model_file(self, path: Path) -> None:
        self.heard.append(("of the model", path.name))

    def record_tags(self, tags: dict[str, str]) -> None:
        self.heard.append(("tags", tags))

    def record_model(self, path: Path, example: Path, **details: Any) -> None:
        self.heard.append(("model", path.name, np.load(example).shape, details["interface"]))


@pytest.fixture
def listener() -> Any:
    return Listener()


@pytest.fixture
def kept(tmp_path: Path) -> KeptOutputs:
    kinds = {
        "sheet": ("sheet.png", "figure"),
        "metrics": ("metrics.json", "metrics"),
        "model": ("model.keras", "model"),
        "model_info": ("model_info.json", "artifact"),
        "report": ("report.html", "artifact"),
        "plain": ("plain.json", None),
    }
    for file, _ in kinds.values():
        (tmp_path / file).write_text("content")
    entries = {
        name: {"filepath": str(tmp_path / file), "metadata": {"tracking": kind} if kind else {}}
        for name, (file, kind) in kinds.items()
    }
    return KeptOutputs({**entries, "no_metadata": {"filepath": "x"}, "_place": "data"})


def test_entries_are_kept_as_the_catalog_says(kept: KeptOutputs, listener: Any) -> None:
    kept.record(listener, "sheet", object())
    kept.record(listener, "metrics", {"test_f1_pooled": 0.5})
    kept.record(listener, "plain", {})
    kept.record(listener, "no_metadata", {})
    assert listener.heard == [
        ("figures", "sheet.png"),
        ("metrics", {"test/f1_pooled": 0.5}),
        ("reports", "metrics.json"),
    ]


def test_each_picture_of_a_folder_is_kept(listener: Any, tmp_path: Path) -> None:
    index = tmp_path / "figures" / "index.json"
    index.parent.mkdir()
    index.write_text('["roc_curve", "headline"]')
    for name in ("roc_curve", "headline", "of another run"):
        index.with_name(f"{name}.png").touch()
    entry = {
        "type": "crack_pipeline.datasets.figures.FiguresDataset",
        "filepath": str(index),
        "metadata": {"tracking": "figure"},
    }
    kept = KeptOutputs({"figures": entry})
    kept.record(listener, "figures", {})
    kept.record(None, "figures", {})
    kept.record_early(listener)
    assert listener.heard == 2 * [("figures", "roc_curve.png"), ("figures", "headline.png")]


def test_the_run_is_described_by_its_evaluation(tmp_path: Path, listener: Any) -> None:
    path = tmp_path / "evaluation_report.json"
    path.write_text("{}")
    entry = {"filepath": str(path), "metadata": {"tracking": "artifact"}}
    score = {"name": "f1_pooled", "label": "F1 (Dice), pooled", "value": 0.5}
    verdict = {"surface": "Drawn.", "quality": ["Misses none."], "doubts": ["Few photos."]}
    KeptOutputs({"evaluation_report": entry}).record(
        listener, "evaluation_report", {"headline": [score], "verdict": verdict}
    )
    description = "- **F1 (Dice), pooled: 0.500**\n- Drawn.\n- Misses none.\n- Few photos."
    assert listener.heard[0] == ("tags", {"mlflow.note.content": description})


def test_facts_of_the_model_become_tags(kept: KeptOutputs, listener: Any) -> None:
    info = {"seed": 7, "device": "gpu", "run_id": "abc", "history": [], "backend": None}
    kept.note_facts("model_info", info)
    kept.record(listener, "model_info", info)
    assert listener.heard == [
        ("tags", {"seed": "7", "device": "gpu"}),
        ("of the model", "model_info.json"),
        ("reports", "model_info.json"),
    ]


def test_model_comes_with_an_example(kept: KeptOutputs, listener: Any) -> None:
    model = SimpleNamespace(input_shape=(None, 8, 8, 3), output_shape=(None, 1))
    kept.record(listener, "model", model)
    interface = {"input_shape": [-1, 8, 8, 3], "output_shape": [-1, 1]}
    assert listener.heard == [("model", "model.keras", (1, 8, 8, 3), interface)]


def test_what_was_saved_before_the_run_is_kept_too(kept: KeptOutputs, listener: Any) -> None:
    kept.record(None, "sheet", object())
    kept.record_early(listener)
    kept.record_early(listener)
    assert listener.heard == [("figures", "sheet.png")]


def test_data_set_comes_from_what_ingestion_knows(tmp_path: Path) -> None:
    path = tmp_path / "ingestion.json"
    known = {"source": "folder", "title": "Bridge", "homepage": "", "usable": 3, "problem": ""}
    path.write_text(json.dumps(known))
    entry = {"filepath": str(path), "metadata": {"tracking": "artifact"}}
    kept = KeptOutputs({"ingestion_report": entry})
    kept.note_facts("tile_store", {"manifest_digest": "d1ce"})
    assert kept.describe_dataset({}, RunParameters({"dataset": "bridge"})) == {
        "name": "bridge",
        "digest": "d1ce",
        "source_type": "folder",
        "source": '{"title": "Bridge"}',
        "profile": '{"usable": 3}',
    }


def test_data_set_of_trials_is_that_of_their_manifest(line_manifest: pd.DataFrame) -> None:
    described = KeptOutputs({}).describe_dataset({"manifest": line_manifest}, RunParameters({}))
    assert described["digest"] == digest_manifest(line_manifest)
    assert (described["name"], described["source_type"]) == ("photos", "local")


def test_results_are_announced(
    kept: KeptOutputs, listener: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for name in ("sheet", "metrics"):
        kept.record(listener, name, {})
    kept.announce(listener)
    assert [record.getMessage() for record in caplog.records] == [
        f"Results in {tmp_path}:\n  metrics: metrics.json\n  figures: .",
        "Run: unet-tiny; `kedro mlflow ui` shows it at\n  http://127.0.0.1:5000/#/experiments/1",
    ]


def test_places_of_reports_are_announced_without_a_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    paths = {
        "sheet": tmp_path / "one" / "sheet.png",
        "table": tmp_path / "one" / "table.csv",
        "chart": tmp_path / "two" / "chart.png",
        "page": tmp_path / "three" / "page.html",
    }
    layer = {"kedro-viz": {"layer": "08 reporting"}}
    kept = KeptOutputs(
        {name: {"filepath": str(path), "metadata": layer} for name, path in paths.items()}
    )
    for name, path in paths.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text("content")
        kept.record(None, name, {})
    kept.announce(None)
    assert [record.getMessage() for record in caplog.records] == [
        f"Results in {tmp_path}:\n  figures: two\n  reports: three\n  figures and reports: one",
    ]


def test_the_report_is_announced(
    kept: KeptOutputs, listener: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    kept.record(listener, "report", "<html>")
    kept.announce(listener)
    assert caplog.records[-2].getMessage() == f"Report: {tmp_path / 'report.html'}"
