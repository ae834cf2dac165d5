"""The reference names every parameter of conf/base, with its default."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from crack_pipeline.task_specs import task_names

# Blocks whose names users choose: one row describes them.
FREE = ("compare_models.segmentation", "compare_models.classification")
ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference" / "parameters.md"


def _leaves(block: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in block.items():
        key = f"{path}.{name}" if path else name
        if key in FREE:
            continue
        if isinstance(value, dict):
            yield from _leaves(value, key)
        else:
            yield key, value


def _read_parameters() -> dict[str, Any]:
    files = sorted((ROOT / "conf" / "base" / "parameters").glob("*.yml"))
    blocks = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]
    return {key: value for block in blocks for key, value in _leaves(block)}


def _read_reference() -> dict[str, list[str]]:
    rows = {}
    for line in REFERENCE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        named = re.fullmatch(r"`([\w.<>]+)`", cells[0])
        if named:
            rows[named.group(1)] = cells
    return rows


PARAMETERS = _read_parameters()
ROWS = _read_reference()


def _documented(key: str) -> list[str] | None:
    """Cells of a parameter's row, cut so that the last one is the default for its task."""
    for position, task in enumerate(reversed(task_names())):
        general = key.replace(f".{task}.", ".<task>.")
        if general != key and general in ROWS:
            cells = ROWS[general]
            return cells[: len(cells) - position]
    return ROWS.get(key)


@pytest.mark.parametrize("key", sorted(PARAMETERS))
def test_the_reference_has_each_parameter_with_its_default(key: str):
    cells = _documented(key)
    assert cells is not None, f"{key} is missing in {REFERENCE.relative_to(ROOT)}"
    default = PARAMETERS[key]
    if isinstance(default, str) and "${" in default:
        return  # an address that the reference writes with <dataset> and <task>
    documented = yaml.safe_load(cells[-1].strip("`"))
    assert documented == default, f"{key}: the reference says {documented}, conf/base {default}"


def test_the_reference_names_no_parameter_that_is_gone():
    general = {re.sub(r"\.(segmentation|classification)\.", ".<task>.", key) for key in PARAMETERS}
    assert sorted(set(ROWS) - set(PARAMETERS) - general) == []
