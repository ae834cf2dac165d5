"""The CSV in which the user decides about single photos, as ingestion and review both read it."""

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from crack_pipeline.errors import ParameterError

NEEDED = ("image_id", "action")

_RULE = "The review table must be a CSV with the columns image_id and action."


@dataclass(frozen=True, slots=True, eq=False)
class ReviewFile:
    """A review table as it lies on disk.

    Attributes:
        rows: Text in every cell, without blanks around it; rows without any text are not there.
        separator: Comma, or semicolon as some spreadsheets write.
    """

    rows: pd.DataFrame
    separator: str = ","


def read_review_file(path: Path, known: Collection[str]) -> ReviewFile:
    """Read the table, however an editor or a spreadsheet has saved it.

    Args:
        path: The CSV.
        known: Names of columns that may be written in capitals; others keep theirs.

    Returns:
        Its rows; lines with fewer cells than names are filled with empty ones.

    Raises:
        ParameterError: If it cannot be read, lacks a column of ``NEEDED``, names one twice, or has
            a line with more cells than names: which column its text belongs to nobody can say.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        first = text.partition("\n")[0]
        separator = ";" if first.count(";") > first.count(",") else ","
        reader = csv.reader(io.StringIO(text), delimiter=separator, strict=True)
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except (OSError, ValueError, csv.Error) as error:
        raise _refuse(path, str(error)) from error
    if not lines:
        raise _refuse(path, "an empty file")
    header = lines[0][1]
    filled = [_fill(cells, number, header, path) for number, cells in lines[1:]]
    # Spreadsheets write columns that were touched once and are empty.
    n_columns = max(map(_count_used, [header, *filled]))
    names = [name.lower() if name.lower() in known else name for name in header[:n_columns]]
    _require_names(names, path)
    told = [cells[:n_columns] for cells in filled if any(cells)]
    return ReviewFile(pd.DataFrame(told, columns=names, dtype="string"), separator)


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
