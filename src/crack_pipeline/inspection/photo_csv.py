"""CSV files of the user that are keyed by photo: element, face, station, inspector, readings."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from crack_pipeline.errors import ParameterError
from crack_pipeline.inspection.tables import CRACK_COLUMNS, PHOTO_COLUMNS
from crack_pipeline.sources.labels_csv import IMAGE_COLUMNS
from crack_pipeline.spreadsheets import likely_names, read_sheet
from crack_pipeline.wording.phrases import count_of, name_some

_KEYS = ("photo", *IMAGE_COLUMNS)


@dataclass(frozen=True, slots=True)
class PhotoLine:
    """One line of such a file.

    Attributes:
        line: Its number in the file, from 1.
        written: Photo as the file names it.
        photo: Path of the photo below its folder; None where no photo is meant, or several.
        cells: Name of a column, as the file writes it → text.
    """

    line: int
    written: str
    photo: str | None
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Metadata:
    """Columns of a CSV, by photo.

    Attributes:
        columns: Its columns beside the photo's.
        rows: Photo → column → text; a photo without a line is not there.
        notes: Sentences on lines that fit no photo, and on photos without a line.
    """

    columns: tuple[str, ...]
    rows: dict[str, dict[str, str]]
    notes: tuple[str, ...]


def read_metadata(path: Path, photos: Sequence[str]) -> Metadata:
    """Read columns for the tables, such as element, face, station and inspector.

    Args:
        path: A CSV with the column ``photo``: paths below the photos' folder, or file names that
            only one photo has.
        photos: Paths of the photos below their folder.

    Returns:
        Its columns by photo.

    Raises:
        ParameterError: If it cannot be read, has no such column, a column of the program's own
            tables, or two lines for one photo.
    """
    columns, lines = read_photo_lines(path, photos, setting="metadata")
    if own := [name for name in columns if name in {*CRACK_COLUMNS, *PHOTO_COLUMNS}]:
        raise refuse_csv(
            path, "metadata", f"columns {name_some(own)}, which the tables have", "Rename them."
        )
    rows: dict[str, dict[str, str]] = {}
    for line in lines:
        if line.photo is None:
            continue
        if rows.setdefault(line.photo, line.cells) != line.cells:
            received = f"line {line.line} says something else of {line.photo} than an earlier one"
            raise refuse_csv(path, "metadata", received, "Keep the right line.")
    notes = []
    if unknown := [line.written for line in lines if line.photo is None]:
        near = likely_names(unknown[0], photos, n=1)
        hint = f"; did you mean {near[0]} by {unknown[0]}?" if near else ""
        counted = count_of(len(unknown), "line")
        notes += [f"{path.name} has {counted} that fit not one photo: {name_some(unknown)}{hint}"]
    if missing := [photo for photo in photos if photo not in rows]:
        notes += [f"{path.name} has no line for {name_some(missing)}"]
    return Metadata(columns, rows, tuple(notes))


def read_photo_lines(
    path: Path, photos: Sequence[str], *, setting: str
) -> tuple[tuple[str, ...], list[PhotoLine]]:
    """Read a CSV that is keyed by photo.

    Args:
        path: The file, as ``read_sheet`` reads it.
        photos: Paths of the photos below their folder.
        setting: Parameter of ``prediction`` that names it, for errors.

    Returns:
        Its columns beside the photo's, and its lines.

    Raises:
        ParameterError: If it cannot be read, or has no column of photos.
    """
    try:
        sheet = read_sheet(path)
    except OSError as error:
        raise refuse_csv(
            path, setting, error.strerror or str(error), "Correct its path."
        ) from error
    except ValueError as error:
        raise refuse_csv(path, setting, str(error), "Save it as CSV in UTF-8.") from error
    names = sheet.lines[0][1] if sheet.lines else []
    keys = [place for place, name in enumerate(names) if name.lower() in _KEYS]
    if len(keys) != 1 or len(set(filter(None, names))) < len(list(filter(None, names))):
        received = f"columns {name_some(names)}" if names else "no line"
        raise refuse_csv(path, setting, received, "Name one column photo, and none twice.")
    known = _list_meanings(photos)
    columns = tuple(name for place, name in enumerate(names) if name and place != keys[0])
    read = []
    for number, cells in sheet.lines[1:]:
        filled = dict(zip(names, [*cells, *[""] * len(names)], strict=False))
        written = filled[names[keys[0]]]
        texts = {name: filled[name] for name in columns}
        read.append(PhotoLine(number, written, known.get(_plain(written)), texts))
    return columns, read


def _list_meanings(photos: Sequence[str]) -> dict[str, str]:
    """Names that mean a photo: its path, or the name of its file where no other has it."""
    paths = {_plain(photo): photo for photo in photos}
    shared = Counter(PurePosixPath(path).name for path in paths)
    short = {PurePosixPath(path).name: photo for path, photo in paths.items()}
    return {name: photo for name, photo in short.items() if shared[name] == 1} | paths


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name.replace("\\", "/").removeprefix("./"))


def refuse_csv(path: Path, setting: str, received: str, remedy: str) -> ParameterError:
    """Describe what is wrong with a CSV that is keyed by photo."""
    return ParameterError(
        f"`prediction.{setting}` must be a CSV with a line per photo, under the column photo.",
        received=f"{path}: {received}",
        remedy=remedy,
    )
