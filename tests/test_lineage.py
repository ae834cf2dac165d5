"""A fresh page of Kedro-Viz: boxes and data that one can read."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a project that has run nothing yet."""
    folder = tmp_path_factory.mktemp("lineage")
    shutil.copytree(ROOT / "conf", folder / "conf", ignore=shutil.ignore_patterns("local"))
    (folder / "conf" / "local").mkdir()
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    command = [str(Path(sys.executable).parent / "kedro"), "viz", "build", "--include-previews"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "Success" in done.stdout + done.stderr, done.stderr
    return folder / "build" / "api"


def list_root(graph: dict[str, Any]) -> dict[str, set[str]]:
    names = {node["id"]: node["name"] for node in graph["nodes"]}
    shown: dict[str, set[str]] = {}
    for child in graph["modular_pipelines"]["__root__"]["children"]:
        shown.setdefault(child["type"], set()).add(names[child["id"]])
    return shown


@pytest.mark.slow
@pytest.mark.parametrize("page", ["main", "pipelines/train"])
def test_a_fresh_page_has_few_boxes_and_data(built: Path, page: str) -> None:
    graph = json.loads((built / page).read_text(encoding="utf-8"))
    root = list_root(graph)
    assert root["modularPipeline"] == {"ingest", "preprocess", "augment", "fit", "evaluate"}
    assert "task" not in root, "nodes are seen when their box is opened"
    assert len(root["data"]) <= 16
    assert {"manifest", "tile_store", "model", "learning_curve", "report"} <= root["data"]
    assert graph["layers"] == sorted(graph["layers"])


@pytest.mark.slow
def test_the_report_is_made_of_figures(built: Path) -> None:
    graph = json.loads((built / "pipelines" / "train").read_text(encoding="utf-8"))
    names = {node["id"]: node["name"] for node in graph["nodes"]}
    edges = {(names[edge["source"]], names[edge["target"]]) for edge in graph["edges"]}
    for figure in ("threshold_curve", "prediction_sheet", "evaluation_figures"):
        assert (figure, "write_report") in edges
