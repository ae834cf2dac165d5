"""Read a CSV of labels of one's own photos."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crack_pipeline.errors import SourceError
from crack_pipeline.sources.folder_names import LABEL_OF_CLASS, SPLIT_OF_FOLDER, plain_name
from crack_pipeline.types import Split

if TYPE_CHECKING:
    from _csv import Reader

IMAGE_COLUMNS = ("image", "file", "filename", "file_name", "image_id", "path")
LABEL_COLUMNS = ("label", "class", "crack")

_LABELS: Mapping[str, int] = {
    **LABEL_OF_CLASS,
    **dict.fromkeys(("1", "1.0", "true"), 1),
    **dict.fromkeys(("0", "0.0", "false"), 0),
}
_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class LabelRow:
    """What one line of the CSV says of one photo.

    Attributes:
        line: Number of the line in the file, from 1.
        image: The photo: its id, its file's name, or its path below the folder.
        label: 1 is crack, 0 is none, None where the field is empty.
        split: The part it belongs to; None where the field is empty.
        photo_id: The photo that it was cut from; None where the field is empty.
        mask: File of its mask; None where the field is empty.
    """

    line: int
    image: str
    label: int | None = None
    split: Split | None = None
    photo_id: str | None = None
    mask: str | None = None


def read_labels(path: Path) -> list[LabelRow]:
    """Read a CSV of labels.

    The first line names the columns, in any case and order: one of ``IMAGE_COLUMNS``, one of
    ``LABEL_COLUMNS`` or ``mask``, and maybe ``split``, ``photo_id``; others are not read. Fields
    are separated by comma, semicolon, tab or bar.

    Args:
        path: The file, in UTF-8 with or without a byte order mark.

    Returns:
        One entry a line.

    Raises:
        SourceError: If it cannot be read, is empty, lacks a column, or holds a label or split that
            is not known; names the line.
    """
    text = _read_text(path)
    header = text.partition("\n")[0]
    if not header.strip():
        raise _refuse(path, "no header", "Write image,label as its first line")
    delimiter = max(_DELIMITERS, key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        rows = _read_rows(path, reader)
    except csv.Error as error:
        raise _refuse(path, f"line {reader.line_num}: {error}", "Save it as CSV again") from error
    if not rows:
        raise _refuse(path, "a header and no line", "Add a line for each photo")
    return rows


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refuse(
            path, f"byte {error.start} is not UTF-8", "Save it as CSV in UTF-8"
        ) from error
    except OSError as error:
        raise _refuse(path, str(error.strerror or error), "Correct `ingestion.labels`") from error


def _read_rows(path: Path, reader: "Reader") -> list[LabelRow]:
    columns = _find_columns(path, [name.strip().lower() for name in next(reader)])
    return [
        _read_row(path, reader.line_num, columns, fields)
        for fields in reader
        if any(field.strip() for field in fields)
    ]


def _find_columns(path: Path, names: Sequence[str]) -> dict[str, int]:
    """Meaning of each column that is read → its position."""
    columns = {
        "image": _position(path, names, IMAGE_COLUMNS),
        "label": _position(path, names, LABEL_COLUMNS),
        **{name: _position(path, names, (name,)) for name in ("mask", "split", "photo_id")},
    }
    found = {meaning: position for meaning, position in columns.items() if position is not None}
    if "image" in found and ("label" in found or "mask" in found):
        return found
    missing = "label" if "image" in found else "image"
    raise _refuse(
        path,
        f"columns {', '.join(names)}; missing: {missing}",
        f"Name a column {' or '.join(IMAGE_COLUMNS)}, and one {' or '.join(LABEL_COLUMNS)} or mask",
    )


def _position(path: Path, names: Sequence[str], known: Sequence[str]) -> int | None:
    found = [position for position, name in enumerate(names) if name in known]
    if len(found) > 1:
        twice = " and ".join(names[position] for position in found)
        raise _refuse(path, f"columns {twice}, which mean the same", "Keep one of them")
    return found[0] if found else None


def _read_row(path: Path, line: int, columns: Mapping[str, int], fields: Sequence[str]) -> LabelRow:
    if len(fields) <= max(columns.values()):
        raise _refuse(
            path, f"line {line} with {len(fields)} fields", "Give each line all the header's fields"
        )
    values = {meaning: fields[position].strip() for meaning, position in columns.items()}
    if not values["image"]:
        raise _refuse(path, f"line {line} without an image", "Name it, or remove the line")
    label, split = values.get("label", ""), values.get("split", "")
    if label and plain_name(label) not in _LABELS:
        raise _refuse(path, f"label {label!r} in line {line}", "Use 1 or 0, or crack or no_crack")
    if split and plain_name(split) not in SPLIT_OF_FOLDER:
        raise _refuse(path, f"split {split!r} in line {line}", "Use train, validation or test")
    return LabelRow(
        line,
        values["image"],
        _LABELS[plain_name(label)] if label else None,
        SPLIT_OF_FOLDER[plain_name(split)] if split else None,
        values.get("photo_id") or None,
        values.get("mask") or None,
    )


def _refuse(path: Path, received: str, remedy: str) -> SourceError:
    return SourceError(
        "A CSV of labels must name an image and its label in each line.",
        received=f"{path}: {received}",
        remedy=f"{remedy}.",
    )
