"""What two work trees differ in, by file and key: `benchmarks/golden.py` runs them.

`EXPECTED` holds the differences that are meant.
"""

import fnmatch
import io
import json
import math
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

EXPECTED: tuple[tuple[str, str], ...] = (
    ("*/evaluation_report.json:audit.sentence", "The audit says what it found in short sentences."),
    ("*/evaluation_report.json:audit.findings*.detail", "The same, one finding each."),
    ("*.json:*note", "Words of notes."),
    ("*/evaluation_report.json:examples*", "Found and false lengths as the table of widths has."),
    ("08_reporting/*/classification/detection.png", "Labels have no crack widths to draw."),
    ("*/model_comparison.csv:*.ROC AUC", "One table of metric names: the column is AUC."),
    ("*/model_comparison.json:headlines*", "One table of metric names: the column is AUC."),
)
"""Differences that are meant: a glob of ``file:key`` under data/, and why it differs."""

MACHINE = (
    *(
        "*seconds*",
        "*.ms_*",
        "*training s",
        "* ms *",
        "*ms a *",
        "*CPU ms*",
        "*run_id",
        "*training_id",
        "*_key",
        "*.json:key",
        "*:unfinished_path",
    ),
    *(
        "*/checks/*",
        "*/logs/*",
        "*/unfinished/*",
        "*/trials/*",
        "*/.gitkeep",
        "*/tile_store.json:path",
    ),
    *("*manifest_digest", "*.finished.json:digest"),  # of paths and times, too
)
"""Not compared: times, random names, and digests that hold paths or code."""
OF_AN_INTERVAL = re.compile(r"(^|[._])(low|high)(_px|_mm)?$|interval\[[01]\]$|_95_(px|mm)$")
LARGEST_ERROR = 0.12
"""Of an interval's width: four standard errors of the difference of two 2.5 % points that 1 000
resamples give, .0216 of the width each where the estimate is normal."""
NAMES = ("name", "image_id", "check", "stratum", "method", "candidate", "fold")


@dataclass
class Comparison:
    """What the two trees differ in."""

    wrong: list[str] = field(default_factory=list)
    expected: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    drawn: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    compared: int = 0

    def differ(self, key: str, what: str) -> None:
        """Note a difference, as expected or not."""
        for pattern, why in EXPECTED:
            if fnmatch.fnmatchcase(key, pattern):
                self.expected[why].append(key)
                return
        self.wrong.append(f"{key}: {what}")

    def compare(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Compare flat contents by key."""
        keys = [key for key in old if not _is_of_the_machine(key)]
        self.compared += len(keys)
        for key in keys:
            if key not in new:
                self.differ(key, f"gone, was {_short(old[key])}")
            elif not _equal(old[key], new[key]):
                if _within_drawing_error(key, old, new):
                    self.drawn.append(f"{key}: {old[key]:.6g}, now {new[key]:.6g}")
                else:
                    self.differ(key, f"{_short(old[key])}, now {_short(new[key])}")
        self.new += [key for key in new if key not in old and not _is_of_the_machine(key)]


def _is_of_the_machine(key: str) -> bool:
    return any(fnmatch.fnmatchcase(key, pattern) for pattern in MACHINE)


def _equal(old: Any, new: Any) -> bool:
    if isinstance(old, np.ndarray):
        if not isinstance(new, np.ndarray) or (old.shape, old.dtype) != (new.shape, new.dtype):
            return False
        if old.dtype.kind == "f":
            return np.allclose(old, new, rtol=1e-9, atol=1e-9, equal_nan=True)
        return np.array_equal(old, new)
    if isinstance(old, float) and isinstance(new, float | int):
        return math.isclose(old, new, rel_tol=1e-9, abs_tol=1e-9) or (old != old and new != new)
    return type(old) is type(new) and old == new


def _within_drawing_error(key: str, old: dict[str, Any], new: dict[str, Any]) -> bool:
    if not OF_AN_INTERVAL.search(key) or not isinstance(old[key], float):
        return False
    other = key.replace("low", "high") if "low" in key else key.replace("high", "low")
    width = abs(old[key] - old.get(other, math.nan))
    return isinstance(new[key], float) and abs(old[key] - new[key]) <= LARGEST_ERROR * width


def _short(value: Any) -> str:
    text = f"array {value.shape} {value.dtype}" if isinstance(value, np.ndarray) else repr(value)
    return text if len(text) < 300 else f"{text[:300]}…"


def read_outputs(project: Path, *folders: str, but: tuple[str, ...] = ()) -> dict[str, Any]:
    """Everything under folders of data/, flat: ``file:key`` → value; pictures only by name."""
    found: dict[str, Any] = {}
    data = project / "data"
    places = [data / top for top in folders]
    paths = [path for place in places for path in (place, *sorted(place.rglob("*")))]
    for path in filter(Path.is_file, paths):
        name = re.sub(r"\b[0-9a-f]{16,}\b", "<key>", str(path.relative_to(data)))
        if any(part in name for part in but):
            continue
        for key, value in _read(path):
            text = value.replace(str(project), "<project>") if isinstance(value, str) else value
            found[f"{name}:{key}" if key else name] = text
    return found


def _read(path: Path) -> Iterator[tuple[str, Any]]:
    if path.suffix == ".json":
        yield from _flatten(json.loads(path.read_text()))
    elif path.suffix == ".npy":
        yield "", np.load(path)
    elif path.suffix in (".csv", ".parquet"):
        table = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
        by = table["image_id"].astype(str) if "image_id" in table else pd.Series(table.index)
        rows = by if by.is_unique else pd.Series(range(len(table)))
        for column in table:
            cells = table[column].astype(object).where(table[column].notna(), None)
            yield from ((f"{row}.{column}", cell) for row, cell in zip(rows, cells, strict=True))
    elif path.suffix == ".keras":
        import h5py

        with zipfile.ZipFile(path) as archive:
            weights = h5py.File(io.BytesIO(archive.read("model.weights.h5")))
        names: list[str] = []
        weights.visit(names.append)
        yield from ((n, weights[n][()]) for n in names if isinstance(weights[n], h5py.Dataset))
    else:
        yield "", "a file"


def _flatten(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _flatten(part, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list):
        names = _name_items(value)
        for name, part in zip(names, value, strict=True):
            yield from _flatten(part, f"{key}[{name}]")
    else:
        yield key, value


def _name_items(items: list[Any]) -> list[Any]:
    for name in NAMES:
        if items and all(isinstance(item, dict) and name in item for item in items):
            names = [item[name] for item in items]
            if len(set(map(str, names))) == len(names):
                return names
    return list(range(len(items)))


def fold_keys(keys: list[str]) -> list[str]:
    """Keys that differ in an index or a name alone, once."""
    counts: dict[str, int] = defaultdict(int)
    for key in keys:
        counts[re.sub(r"\[[^\]]*\]", "[…]", key)] += 1
    return [f"{key} ({number})" if number > 1 else key for key, number in counts.items()]
