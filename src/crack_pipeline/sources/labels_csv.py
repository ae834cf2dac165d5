"""Labels of one's own photos in a CSV: its rows, and the photos that they name."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crack_pipeline.data_source import ListedImage
from crack_pipeline.errors import SourceError
from crack_pipeline.sources.files import NO_IMAGE, NO_MASK, names_below
from crack_pipeline.sources.folder_names import LABEL_OF_CLASS, SPLIT_OF_FOLDER, plain_name
from crack_pipeline.sources.pairing import stem_of
from crack_pipeline.spreadsheets import FALSE_WORDS, TRUE_WORDS, likely_names, read_sheet
from crack_pipeline.types import Split

IMAGE_COLUMNS = ("image", "file", "filename", "file_name", "image_id", "path")
LABEL_COLUMNS = ("label", "class", "crack")

_LABELS: Mapping[str, int] = {
    **LABEL_OF_CLASS,
    **dict.fromkeys(("1", "1.0", "1,0", *TRUE_WORDS), 1),
    **dict.fromkeys(("0", "0.0", "0,0", *FALSE_WORDS), 0),
}


@dataclass(frozen=True, slots=True)
class LabelRow:
    """Label of one photo, from one line of the CSV.

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
    ``LABEL_COLUMNS`` or ``mask``, and maybe ``split``, ``photo_id``; others are not read.

    Args:
        path: The file, as ``read_sheet`` reads it.

    Returns:
        One entry a line.

    Raises:
        SourceError: If it cannot be read, is empty, lacks a column, or holds a label or split that
            is not known; names the line.
    """
    try:
        lines = read_sheet(path).lines
    except OSError as error:
        raise _refuse(path, str(error.strerror or error), "Correct `ingestion.labels`") from error
    except ValueError as error:
        raise _refuse(path, str(error), "Save it as CSV in UTF-8") from error
    if not lines:
        raise _refuse(path, "no header", "Write image,label as its first line")
    columns = _find_columns(path, [name.lower() for name in lines[0][1]])
    rows = [_read_row(path, line, columns, cells) for line, cells in lines[1:]]
    if not rows:
        raise _refuse(path, "a header and no line", "Add a line for each photo")
    return rows


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
    values = {meaning: fields[position] for meaning, position in columns.items()}
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


NOT_IN_LABELS = "not_in_labels_csv"
"""Noted where the CSV has no row for a photo, whose label is then unknown."""

_NAMED = 5


def find_masks(rows: Iterable[LabelRow], folders: Sequence[Path]) -> dict[str, Path]:
    """Find the masks that rows name.

    Args:
        rows: Rows of the CSV.
        folders: Where masks may lie: the photos' folder first, and the one of the CSV.

    Returns:
        Name in the CSV → file, without those that are nowhere. A mask may be called like its photo;
        the photo itself is not taken for it.
    """
    images_of: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.mask is not None:
            images_of[row.mask].add(row.image)
    found = {name: _find_mask(name, images, folders) for name, images in images_of.items()}
    return {name: place for name, place in found.items() if place is not None}


def _find_mask(name: str, images: Iterable[str], folders: Sequence[Path]) -> Path | None:
    """Find a mask that the rows of these images name."""
    own = {folders[0] / _as_path(image) for image in images}
    places = (folder / _as_path(name) for folder in folders)
    files = [
        place
        for place in filter(_is_file, places)
        if not any(_is_file(image) and place.samefile(image) for image in own)
    ]
    # "a" with the mask "a.png": a photo a.png is meant by "a" if the mask lies elsewhere.
    return min(files, key=lambda file: file.with_suffix("") in own, default=None)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long is that of no file
        return False


def _as_path(name: str) -> str:
    return name.replace("\\", "/")


def apply_labels(
    photos: Sequence[ListedImage],
    rows: Sequence[LabelRow],
    *,
    folder: Path,
    masks: Mapping[str, Path],
) -> list[ListedImage]:
    """Give each photo what its row says.

    Args:
        photos: Photos of the folder, and other files.
        rows: Rows of the CSV.
        folder: The photos' folder.
        masks: Name of a mask in the CSV → file.

    Returns:
        The photos; a mask that a row names is no entry of its own. A photo without row has no
        label, and says so in ``noted``.

    Raises:
        SourceError: If a row names no photo or several, or two rows of one photo contradict each
            other.
    """
    named = set(masks.values())
    listed = [photo for photo in photos if photo.image_path not in named]
    row_of = _match_rows(rows, _Names(listed, folder))
    return [_apply(photo, row_of.get(photo.image_id), masks) for photo in listed]


class _Names:
    """The names under which a row may mean a photo in or below a folder."""

    def __init__(self, photos: Sequence[ListedImage], folder: Path) -> None:
        self.exact: dict[str, set[str]] = defaultdict(set)
        """Id, path below the folder with and without suffix → ids."""
        self.short: dict[str, set[str]] = defaultdict(set)
        """File name with and without suffix → ids."""
        paths = names_below((photo.image_path for photo in photos), folder)
        for photo, path in zip(photos, paths, strict=True):
            file = path.rpartition("/")[2]
            for name in (photo.image_id, path, stem_of(path)):
                self.exact[_plain(name)].add(photo.image_id)
            for name in (file, stem_of(file)):
                self.short[_plain(name)].add(photo.image_id)

    def find(self, name: str) -> set[str]:
        """Ids of the photos that a name may mean."""
        plain = _plain(_as_path(name).removeprefix("./"))
        return self.exact.get(plain) or self.short.get(plain) or set()


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _match_rows(rows: Sequence[LabelRow], names: _Names) -> dict[str, LabelRow]:
    """Id → its row."""
    row_of: dict[str, LabelRow] = {}
    unknown = []
    for row in rows:
        ids = names.find(row.image)
        if len(ids) > 1:
            raise _refuse_row(
                f"{row.image} in line {row.line} means {' and '.join(sorted(ids)[:_NAMED])}",
                "Write the path below the folder, with its suffix.",
            )
        if not ids:
            unknown.append(row)
            continue
        before = row_of.setdefault(next(iter(ids)), row)
        if replace(before, line=0, image="") != replace(row, line=0, image=""):
            raise _refuse_row(
                f"lines {before.line} and {row.line} differ on {row.image}",
                "Keep the right one.",
            )
    if unknown:
        raise _refuse_unknown(unknown, names)
    return row_of


def _refuse_unknown(unknown: Sequence[LabelRow], names: _Names) -> SourceError:
    first = ", ".join(f"{row.image} (line {row.line})" for row in unknown[:_NAMED])
    known = [*names.exact, *names.short]
    near = {row.image: likely_names(row.image, known) for row in unknown[:_NAMED]}
    meant = "; ".join(
        f"{name}: {' or '.join(nearest)}" for name, nearest in near.items() if nearest
    )
    return _refuse_row(
        f"{len(unknown)} that are not there: {first}{', …' if len(unknown) > _NAMED else ''}",
        (f"Did you mean {meant}? " if meant else "")
        + "Correct the names, add the photos, or remove the lines.",
    )


def _apply(photo: ListedImage, row: LabelRow | None, masks: Mapping[str, Path]) -> ListedImage:
    if row is None:
        noted = ";".join(filter(None, (photo.noted, "" if photo.reason else NOT_IN_LABELS)))
        return replace(photo, noted=noted)
    labelled = replace(
        photo,
        label=photo.label if row.label is None else row.label,
        split=row.split or photo.split,
        photo_id=row.photo_id or photo.photo_id,
    )
    if row.mask is None:
        return labelled
    if row.mask not in masks:
        return replace(
            labelled, mask_path=None, reason=f"{NO_MASK}: {_say_missing(photo, row.mask)}"
        )
    kind = photo.reason.partition(":")[0]
    reason = "" if kind in (NO_MASK, NO_IMAGE) else photo.reason
    return replace(labelled, mask_path=masks[row.mask], reason=reason)


def _say_missing(photo: ListedImage, mask: str) -> str:
    if photo.image_path.as_posix().endswith(f"/{_as_path(mask).removeprefix('./')}"):
        return f"there is no {mask} but the photo itself"
    return f"{mask} is not there"


def _refuse_row(received: str, remedy: str) -> SourceError:
    return SourceError(
        "Each line of the CSV of labels must mean one photo, and no two of them otherwise.",
        received=received,
        remedy=remedy,
    )
