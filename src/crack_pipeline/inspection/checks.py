"""Crack-gauge readings beside the program's widths: the only evidence about real openings."""

import math
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd

from crack_pipeline.inspection.files import WRITE_RULE, read_record, read_stations, write_table
from crack_pipeline.inspection.photo_csv import PhotoLine, read_photo_lines, refuse_csv
from crack_pipeline.inspection.tables import Row
from crack_pipeline.storage import explain_write_errors

LEAST_REACH_PX = 20.0
REACH_SHARE = 0.02
"""Of the photo's longer side: a place is set by hand, and a crack farther away is another one."""

_NUMBERS = ("x", "y", "width_mm")
_COLUMNS_TOLD = "Write a place in px as x and y, and what a crack gauge showed there as width_mm."
COLUMNS = ("photo", *_NUMBERS, "measured_mm", "crack_id", "distance_px", "note")


def read_checks(path: Path, photos: Sequence[str]) -> list[Row]:
    """Read crack-gauge readings.

    Args:
        path: A CSV with the columns ``photo``, ``x`` and ``y`` in px of the upright photo, and
            ``width_mm``.
        photos: Paths of the photos below their folder.

    Returns:
        ``photo`` and the three numbers of each reading; ``note`` where no photo is meant.

    Raises:
        ParameterError: If it cannot be read, lacks a column, or holds no number above or at 0.
    """
    columns, lines = read_photo_lines(path, photos, setting="checks")
    if missing := [name for name in _NUMBERS if name not in columns]:
        raise refuse_csv(path, "checks", f"no column {', '.join(missing)}", _COLUMNS_TOLD)
    return [_read_line(path, line) for line in lines]


def _read_line(path: Path, line: PhotoLine) -> Row:
    numbers = {name: _read_number(line.cells[name]) for name in _NUMBERS}
    if wrong := [name for name, number in numbers.items() if math.isnan(number)]:
        received = f"{wrong[0]} {line.cells[wrong[0]]!r} in line {line.line}"
        raise refuse_csv(path, "checks", received, _COLUMNS_TOLD)
    note = "" if line.photo else "no photo of this name"
    return {"photo": line.photo or line.written, **numbers, "note": note}


def _read_number(text: str) -> float:
    """A number of at least 0, with point or comma; NaN for anything else."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return math.nan
    return number if 0 <= number < math.inf else math.nan


def compare_checks(folder: Path, checks: Sequence[Row]) -> pd.DataFrame:
    """Compare readings with the width at the nearest station, and write ``checks.csv``.

    Args:
        folder: Of the results.
        checks: As ``read_checks`` gives them.

    Returns:
        A row per reading, with ``measured_mm``, its ``crack_id`` and ``distance_px``; NaN where no
        width was measured within ``LEAST_REACH_PX`` or ``REACH_SHARE``, with a ``note``.

    Raises:
        OSError: If a photo has no record.
        DamagedError: If a record is not what was written.
        StorageError: If the table cannot be written.
    """
    read = cache(partial(_read_widths, folder))  # once a photo
    rows = [
        check if check["note"] else check | _compare(check, *read(check["photo"]))
        for check in checks
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table = table.astype({"measured_mm": float, "distance_px": float})
    with explain_write_errors(WRITE_RULE, folder):
        write_table(folder / "checks.csv", table)
    return table


def _read_widths(folder: Path, photo: str) -> tuple[Row, pd.DataFrame | None]:
    record = read_record(folder, photo)
    if "cracks" not in record:
        return record, None
    return record, read_stations(folder, record).to_pandas().dropna(subset="width_px")


def _compare(check: Row, record: Row, widths: pd.DataFrame | None) -> Row:
    photo = record["photo"]
    if widths is None:
        return {
            "note": f"the photo {'failed' if photo['status'] == 'failed' else 'was not measured'}"
        }
    reach_px = max(LEAST_REACH_PX, REACH_SHARE * max(photo["width_px"], photo["height_px"]))
    distances = np.hypot(widths["x_px"] - check["x"], widths["y_px"] - check["y"])
    if not len(distances) or distances.min() > reach_px:
        return {"note": f"no width was measured within {reach_px:.0f} px"}
    nearest = widths.loc[distances.idxmin()]
    found = {"crack_id": nearest["crack_id"], "distance_px": round(float(distances.min()), 1)}
    if photo["mm_per_px"] is None:
        return {**found, "note": "the photo has no scale"}
    width_px = max(float(nearest["width_px"]) + record["shifts_px"][nearest["crack_id"]], 0.0)
    return {**found, "measured_mm": round(width_px * photo["mm_per_px"], 4)}
