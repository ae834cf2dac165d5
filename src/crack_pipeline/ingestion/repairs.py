"""The repair report: one row for every repair and every file that was set aside."""

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from crack_pipeline.ingestion.mending_reasons import DOUBTS, explain_mending

REPAIR_COLUMNS = (
    "image_id",
    "action",
    "what",
    "reason",
    "details",
    "source_file",
    "written_file",
)
REPAIRED = "repaired"
MENDED_WHILE_READING = "mended_while_reading"
DOUBTFUL = "doubtful"
SET_ASIDE = "set_aside"

_ABOUT_MASKS = ("bad mask", "mask ")
_USED = ["image_id", "image_path", "mended", "reason"]


class _Photo(NamedTuple):
    """What is known of one photo; "" where nothing is."""

    image_id: str
    image_path: str
    raw_mask: str
    written: str
    noted: str
    mended: str
    note: str
    reason: str

    def file(self, *, about_mask: bool) -> str:
        """The source's file that something is said of."""
        return (self.raw_mask if about_mask else "") or self.image_path


def repair_table(photos: pd.DataFrame) -> pd.DataFrame:
    """Write down what ingestion changed and what it left out, and why.

    Args:
        photos: The manifest, or the table of checked photos: ``image_id``, ``image_path``,
            ``mask_path``, ``mended``, ``reason``; and where they are there ``raw_mask_path``,
            ``repaired_mask``, ``mask_note`` and ``noted``.

    Returns:
        Strings in the columns of ``REPAIR_COLUMNS``, by image id; "" where there is nothing to say.
        ``action`` is ``repaired`` (a mask was written anew), ``mended_while_reading`` (nothing is
        written; every reader does the same), ``doubtful`` (nothing was changed, look at it) or
        ``set_aside``. ``what`` is the name of the change, or the kind of fault.
    """
    described = _describe(photos)
    concerned = described[(described[["mended", "reason", "noted"]] != "").any(axis=1)]
    columns = [concerned[name].tolist() for name in _Photo._fields]
    rows = [
        row for photo in map(_Photo._make, zip(*columns, strict=True)) for row in _rows_of(photo)
    ]
    table = pd.DataFrame(rows, columns=list(REPAIR_COLUMNS), dtype="string")
    return table.sort_values("image_id", kind="stable", ignore_index=True)


def _describe(photos: pd.DataFrame) -> pd.DataFrame:
    """Bring a manifest and a table of checked photos to the same columns, without gaps."""
    raw = photos.get("raw_mask_path", photos["mask_path"])
    written = photos.get("repaired_mask")
    if written is None:
        written = photos["mask_path"].where(photos["mask_path"].ne(raw).fillna(value=True))
    nothing = pd.Series("", index=photos.index, dtype="string")
    return (
        photos[_USED]
        .assign(
            raw_mask=raw,
            written=written,
            noted=photos.get("noted", nothing),
            note=photos.get("mask_note", nothing),
        )
        .astype("string")
        .fillna("")
    )


def _rows_of(photo: _Photo) -> Iterator[tuple[str, ...]]:
    names = _split(photo.mended)
    for name in names:
        yield _row_of_mending(photo, name)
    for name in _split(photo.noted):
        if name not in names:
            source = photo.file(about_mask=name.startswith("mask_"))
            sentence = explain_mending(name)
            yield photo.image_id, MENDED_WHILE_READING, name, sentence, "", source, ""
    if photo.reason:
        kind = photo.reason.split(":")[0]
        source = photo.file(about_mask=kind.startswith(_ABOUT_MASKS))
        yield photo.image_id, SET_ASIDE, kind, photo.reason, "", source, ""


def _row_of_mending(photo: _Photo, name: str) -> tuple[str, ...]:
    is_about_mask = name.startswith("mask_")
    action = _action_of(name, photo.written if is_about_mask else "")
    note = photo.note if action == REPAIRED else ""
    written = photo.written if action == REPAIRED else ""
    source = photo.file(about_mask=is_about_mask)
    return photo.image_id, action, name, explain_mending(name), note, source, written


def _split(names: str) -> list[str]:
    return [name for name in names.split(";") if name]


def _action_of(name: str, written: str) -> str:
    if name in DOUBTS:
        return DOUBTFUL
    return REPAIRED if written else MENDED_WHILE_READING
