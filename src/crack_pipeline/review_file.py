"""The CSV in which the user decides about single photos, as ingestion and review both read it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from crack_pipeline.errors import ParameterError
from crack_pipeline.spreadsheets import may_have_become, read_sheet

NEEDED = ("image_id", "action")
IMAGE_FILE = "image_file"
"""Column with the id and the file's suffix: spreadsheets change ``003``, not ``003.jpg``."""

_RULE = "The review table must be a CSV with the columns image_id and action."


@dataclass(frozen=True, slots=True, eq=False)
class ReviewFile:
    """A review table as it lies on disk.

    Attributes:
        rows: Text in every cell, without blanks around it; rows without any text are not there.
        separator: Sign between cells.
        restored: Ids that ``IMAGE_FILE`` told → what a spreadsheet had made of them.
    """

    rows: pd.DataFrame
    separator: str = ","
    restored: Mapping[str, str] = field(default_factory=dict)


def read_review_file(path: Path, known: Collection[str]) -> ReviewFile:
    """Read the table, however an editor or a spreadsheet has saved it.

    Args:
        path: The CSV.
        known: Names of columns that may be written in capitals; others keep theirs.

    Returns:
        Its rows; lines with fewer cells than names are filled with empty ones.

    Raises:
        ParameterError: If it cannot be read, lacks a column of ``NEEDED``, names one twice, has a
            line with more cells than names (which column its text belongs to nobody can say), or
            one with an id and a file that no spreadsheet would have made of each other.
    """
    try:
        sheet = read_sheet(path)
    except (OSError, ValueError) as error:
        raise _refuse(path, str(error)) from error
    lines, known = sheet.lines, {*known, IMAGE_FILE}
    if not lines:
        raise _refuse(path, "an empty file")
    header = lines[0][1]
    filled = [_fill(cells, number, header, path) for number, cells in lines[1:]]
    # Spreadsheets write columns that were touched once and are empty.
    n_columns = max(map(_count_used, [header, *filled]))
    names = [name.lower() if name.lower() in known else name for name in header[:n_columns]]
    _require_names(names, path)
    told = [cells[:n_columns] for cells in filled]
    rows = pd.DataFrame(told, columns=names, dtype="string")
    ids, restored = _restore_ids(rows, path)
    return ReviewFile(rows.assign(image_id=ids), sheet.separator, restored)


def _restore_ids(rows: pd.DataFrame, path: Path) -> tuple[list[str], dict[str, str]]:
    """Ids as they were before a spreadsheet took them for numbers and dates."""
    restored: dict[str, str] = {}
    ids = rows["image_id"].tolist()
    for place, file in enumerate(rows.get(IMAGE_FILE, ())):
        written, (meant, dot, _) = ids[place], file.rpartition(".")
        if not dot or meant == written:
            continue
        if not may_have_become(meant, written):
            raise _refuse(path, f"{written!r} as image_id and {file!r} as {IMAGE_FILE} in one row")
        ids[place], restored[meant] = meant, written
    return ids, restored


def _count_used(cells: Sequence[str]) -> int:
    return max((place for place, cell in enumerate(cells, start=1) if cell), default=0)


def _require_names(names: Sequence[str], path: Path) -> None:
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise _refuse(path, f"the columns {', '.join(names)}; missing: {', '.join(missing)}")
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise _refuse(path, f"{names.count(twice[0])} columns named {twice[0]!r}")


def _fill(cells: Sequence[str], number: int, names: Sequence[str], path: Path) -> list[str]:
    if len(cells) > len(names):
        raise _refuse(
            path,
            f"{len(cells)} cells under {len(names)} names in line {number}; text that holds the "
            "sign between cells needs quotes around it",
        )
    return [*cells, *[""] * (len(names) - len(cells))]


def _refuse(path: Path, received: str) -> ParameterError:
    return ParameterError(
        _RULE,
        received=f"{path}: {received}",
        remedy="Correct it and save it as CSV in UTF-8 with its first line; it was left as it is. "
        "Without it, `kedro run --pipeline=review` writes a new one.",
    )
