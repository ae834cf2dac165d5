"""The reference names every source, with its homepage, and each source has its environment."""

from pathlib import Path

import pytest
import yaml

from crack_pipeline.sources import SOURCES
from crack_pipeline.sources.files import IMAGE_SUFFIXES
from crack_pipeline.sources.folder_names import IMAGE_FOLDERS, LABEL_OF_CLASS, SPLIT_OF_FOLDER
from crack_pipeline.sources.labels_csv import IMAGE_COLUMNS, LABEL_COLUMNS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "sources.md").read_text(encoding="utf-8")
LAYOUTS = {"class_folders", "paired_folders"}
"""Layouts for one's own photos, without an environment of their own."""

PUBLIC = sorted(set(SOURCES) - LAYOUTS - {"synthetic"})


@pytest.mark.parametrize(
    ("page", "before"),
    [(PAGE, "Suffixes that are read"), ((ROOT / "README.md").read_text("utf-8"), "**Reads**")],
)
def test_the_suffixes_that_are_read_are_listed(page, before):
    listed = page.partition(before)[2].partition("`jpg`")[2].partition(".\n")[0].partition(";")[0]
    assert {".jpg", *(f".{name}" for name in listed.split("`")[1::2])} == IMAGE_SUFFIXES


@pytest.mark.parametrize("name", PUBLIC)
def test_each_source_has_a_row_and_an_environment(name):
    assert f"| `{name}` |" in PAGE
    assert SOURCES[name].homepage in PAGE
    parameters = ROOT / "conf" / name / "parameters" / "ingestion.yml"
    assert yaml.safe_load(parameters.read_text(encoding="utf-8"))["ingestion"]["source"] == name
    env = yaml.safe_load((ROOT / "conf" / name / "globals.yml").read_text(encoding="utf-8"))
    assert env["dataset"] == name


@pytest.mark.parametrize("name", PUBLIC)
def test_no_environment_hides_the_pattern_of_its_source(name):
    parameters = ROOT / "conf" / name / "parameters" / "ingestion.yml"
    content = yaml.safe_load(parameters.read_text(encoding="utf-8"))
    assert "photo_id_pattern" not in content["ingestion"]


@pytest.mark.parametrize("column", [*IMAGE_COLUMNS, *LABEL_COLUMNS])
def test_each_column_of_a_csv_is_named(column):
    assert f"`{column}`" in PAGE


def test_names_of_folders_on_the_page_are_known():
    for name in ("images", "image", "img", "imgs", "photos", "rgb"):
        assert f"`{name}`" in PAGE
        assert name in IMAGE_FOLDERS
    words = PAGE.replace("_", "")
    missing = [name for name in LABEL_OF_CLASS if f"`{name}`" not in words]
    assert missing == []
    assert [name for name in SPLIT_OF_FOLDER if f"`{name}" not in PAGE] == []
