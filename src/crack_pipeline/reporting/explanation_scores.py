"""Scores of explanation methods, as ``explain`` leaves them."""

import csv
from pathlib import Path
from typing import Any

from crack_pipeline.reporting.pictures import is_older

_MOST_ROWS = 40


def read_explanation_scores(
    path: Path, *, newer_than: float | None
) -> tuple[list[dict[str, Any]], list[str]]:
    """Read the table of methods by score.

    Args:
        path: A CSV; need not be there.
        newer_than: When the model was written, in seconds since 1970; None to take any.

    Returns:
        Its first forty rows, numbers as numbers; and why there are none where there is a file that
        is left out.
    """
    if not path.is_file():
        return [], []
    if is_older(path, newer_than):
        return [], [f"{path.name} is older than the model, left out."]
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))[:_MOST_ROWS]
    except (OSError, UnicodeDecodeError, csv.Error):
        return [], [f"{path.name} cannot be read as a table, left out."]
    return [{name: _read(text) for name, text in row.items() if name} for row in rows], []


def _read(text: str | None) -> Any:
    if not text:
        return None
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
