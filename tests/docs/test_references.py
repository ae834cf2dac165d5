"""The reference lists what the code has, and the links of the documentation lead somewhere."""

import ast
import importlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from crack_pipeline.manifest import MANIFEST_SCHEMA
from crack_pipeline.metrics.histograms import measure_histograms
from crack_pipeline.metrics.labels import summarize_labels
from crack_pipeline.metrics.masks import MaskSums, summarize_masks

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
PAGES = sorted([*ROOT.glob("docs/**/*.md"), ROOT / "notebooks" / "README.md"])
NOTEBOOKS = sorted(ROOT.glob("notebooks/*.ipynb"))


def _read_catalog() -> dict[str, str]:
    files = sorted((ROOT / "conf" / "base").glob("catalog_*.yml"))
    content: dict[str, Any] = {}
    for file in files:
        content |= yaml.safe_load(file.read_text(encoding="utf-8"))
    folders = {name: value for name, value in content.items() if isinstance(value, str)}
    return {
        name: _spell_path(entry["filepath"], folders)
        for name, entry in content.items()
        if not name.startswith("_") and "filepath" in entry
    }


def _spell_path(path: str, folders: dict[str, str]) -> str:
    for name, folder in folders.items():
        path = path.replace(f"${{{name}}}", folder)
    path = path.replace("${runtime_params:task,${globals:task}}", "<task>")
    return path.replace("${globals:dataset}", "<dataset>")


def _segmentation_metrics() -> dict[str, float]:
    truth = np.zeros((8, 8), np.uint8)
    truth[3] = 1
    photo = measure_histograms(truth.astype(np.float32), truth, tolerance_px=2)
    photos = MaskSums.stack([MaskSums(photo)])
    return summarize_masks(photos, threshold=0.5, tolerance_px=2, prefix="test")


def _classification_metrics() -> dict[str, float]:
    return summarize_labels([0, 1], [0.1, 0.9], threshold=0.5, prefix="test")


@pytest.mark.parametrize(("name", "path"), sorted(_read_catalog().items()))
def test_pipelines_has_each_catalog_entry_with_its_path(name: str, path: str):
    assert f"| `{name}` | `{path}` |" in (REFERENCE / "pipelines.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("column", MANIFEST_SCHEMA.columns)
def test_manifest_has_each_column_with_its_type(column: str):
    kind = str(MANIFEST_SCHEMA.columns[column].dtype).split("[")[0]
    assert f"| `{column}` | {kind} |" in (REFERENCE / "manifest.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted({**_segmentation_metrics(), **_classification_metrics()}))
def test_metrics_has_each_name(name: str):
    page = (REFERENCE / "metrics.md").read_text(encoding="utf-8")
    assert f"`{name.removeprefix('test_')}`" in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_each_link_leads_somewhere(page: Path):
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    for link in links:
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not link.startswith(("http://", "https://")):
            assert target.exists(), f"{link} in {page.relative_to(ROOT)}"
            assert not anchor or anchor in _anchors(target), f"{link} in {page.relative_to(ROOT)}"


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.name)
def test_notebooks_hold_code_that_compiles_and_no_outputs(notebook: Path):
    content = json.loads(notebook.read_text(encoding="utf-8"))
    assert content["nbformat"] == 4
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
            tree = ast.parse("".join(cell["source"]), notebook.name)
            compile(tree, notebook.name, "exec")
            for node in filter(lambda node: isinstance(node, ast.ImportFrom), ast.walk(tree)):
                _require_names(node)


def _require_names(node: ast.ImportFrom) -> None:
    if (node.module or "").startswith("crack_pipeline"):
        module = importlib.import_module(str(node.module))
        assert [one.name for one in node.names if not hasattr(module, one.name)] == []


def _python_of(page: Path) -> list[str]:
    return re.findall(r"^ *```python\n(.*?)^ *```", page.read_text(encoding="utf-8"), re.M | re.S)


@pytest.mark.parametrize(
    "page",
    [page for page in (ROOT / "README.md", *PAGES) if page.name != "add_a_network.md"],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_pages_import_what_there_is(page: Path):
    for code in _python_of(page):
        for line in filter(lambda line: line.startswith("from crack_pipeline"), code.splitlines()):
            _require_names(ast.parse(line).body[0])
